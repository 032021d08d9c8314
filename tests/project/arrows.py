"""The part of the house rules that import contracts cannot say, as one walk over the syntax trees.

``check_house(bot)`` reads every module under the folder ``bot`` and returns what it finds; it imports none of them and
judges only what is written there. Each rule says in its finding what to do instead. The tables below are the rules:
to widen one is a decision for review, with its reason on the line.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PURE = ("core", "text", "rules", "stories", "outbox/plan", "outbox/retry", "outbox/windows", "outbox/digest")
"""Places without I/O, asyncio, logging, clock, environment and chance. Every render and escape of an adapter is one too."""

PURE_FILES = ("render", "escape")

THIRD_PARTY: dict[str, frozenset[str]] = {
    # Longest matching prefix wins. A room that is not named here may import the standard library alone.
    "__main__": frozenset(),
    "adapters/apprise": frozenset({"apprise"}),
    "adapters/console": frozenset({"rich", "structlog"}),
    "adapters/discord": frozenset({"discord", "aiohttp", "structlog"}),
    "adapters/slack": frozenset({"slack_sdk", "slack_bolt", "aiohttp", "structlog"}),
    "adapters/slack/vault": frozenset({"cryptography"}),  # the one place where tokens of workspaces are encrypted
    "adapters/webhook": frozenset(),  # net makes its calls
    "app": frozenset({"structlog"}),
    "cluster": frozenset({"structlog"}),
    "cli": frozenset({"typer", "click", "rich", "structlog"}),
    "commands": frozenset({"structlog"}),
    "commands/drawing": frozenset({"PIL"}),  # the one place that draws
    "config": frozenset({"tomli", "pydantic", "pydantic_core", "annotated_types", "jmespath", "cssselect", "re2"}),
    "demo": frozenset({"rich", "starlette", "uvicorn", "structlog"}),
    "keeping": frozenset({"structlog"}),
    "net": frozenset({"httpx", "httpcore", "anyio", "brotli", "backports", "compression", "protego", "structlog"}),
    "outbox/doubts": frozenset({"structlog"}),
    "outbox/drain": frozenset({"structlog"}),
    "rules": frozenset({"lark", "re2"}),
    "running": frozenset({"structlog"}),
    "sandbox": frozenset({"structlog"}),
    "sandbox/jobs": frozenset(
        {"feedparser", "listparser", "lxml", "trafilatura", "yaml", "jmespath", "re2"}
    ),  # the only importers of parsers
    "scheduler": frozenset({"apscheduler", "structlog"}),
    "scheduler/cluster": frozenset({"procrastinate", "psycopg", "structlog"}),
    "service": frozenset({"structlog"}),
    "sources": frozenset({"structlog", "re2"}),  # re2: patterns made of a secret, over texts of strangers
    "spare": frozenset({"structlog"}),
    "store": frozenset({"sqlalchemy", "alembic", "aiosqlite", "psycopg", "filelock", "structlog"}),
    "web": frozenset({"starlette", "uvicorn", "structlog", "prometheus_client"}),
}

PURE_STANDARD = _words(
    "__future__ abc array base64 bisect binascii calendar collections contextlib copy dataclasses datetime decimal difflib email "
    "enum fractions functools hashlib heapq hmac html importlib ipaddress itertools json keyword math numbers operator re "
    "statistics string struct sys textwrap types typing unicodedata urllib zlib zoneinfo"
)
"""What of the standard library a pure place may import; ``importlib`` and ``urllib`` only as named in ``PURE_PARTS``."""

PURE_PARTS = {
    "importlib": frozenset({"importlib.resources"}),
    "urllib": frozenset({"urllib.parse"}),
    "email": frozenset({"email.utils"}),
}

PURE_NEEDS = {
    "core/clock": frozenset({"time"}),
    # Which language is spoken belongs to the task that speaks; gettext reads catalogues that come with the code.
    "core/spoken": frozenset({"contextvars", "gettext", "io"}),
    # So does how long it may be kept waiting.
    "core/patience": frozenset({"contextvars"}),
    "core/leased": frozenset({"contextvars"}),
}
"""What single pure modules may import beside that."""

CLOCK = _words(
    "datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today time.time time.time_ns "
    "time.monotonic "
    "time.monotonic_ns time.perf_counter time.perf_counter_ns time.localtime time.gmtime time.ctime email.utils.localtime"
)
CLOCK_PLACES = ("core/clock", "app")

SYSTEM_CLOCK_PLACES = (
    "core/clock",
    "running",
    "compose",
    "replay",
    "verbs",
    "databases",
    "keeping",
    "sourcebook",
    "doctor",
    "demo",
)

ENVIRONMENT = _words("os.environ os.environb os.getenv os.getenvb os.putenv os.unsetenv os.path.expandvars os.path.expanduser")
ENVIRONMENT_PLACES = ("app", "config")

CHANCE = _words("uuid.uuid1 uuid.uuid4 os.urandom os.getrandom random.SystemRandom")
CHANCE_PLACES: dict[str, str] = {
    "app": "lease tokens and nonces are made where the parts are put together, and passed in",
    "service/turns": "which process has a turn is a lease in the database, and no two may be called alike",
    "polling": "callbacks of hubs are made where the parts are put together, and passed in",
    "store/facts": "the installation's own key, which nobody may guess, is made where it is kept, once",
}

NETWORK = _words("socket ssl socketserver ftplib smtplib imaplib poplib telnetlib xmlrpc http.client http.server urllib.request")
NETWORK_CALLS = _words("asyncio.open_connection asyncio.start_server asyncio.open_unix_connection asyncio.start_unix_server")
NETWORK_PLACES = ("net", "web", "demo", "app")

DYNAMIC = _words("importlib.import_module runpy.run_module runpy.run_path __import__ eval exec compile")
DYNAMIC_PLACES: dict[str, str] = {
    "sandbox/worker": "the child loads the one job it is asked for, from a fixed table, so that it holds one parser and not all",
}

FILE_CALLS = _words("open print input breakpoint io.open codecs.open lark.Lark.open sys.stdin sys.stdout sys.stderr sys.argv")
FILE_METHODS = _words("read_text read_bytes write_text write_bytes open mkdir unlink touch iterdir rglob")

DRAIN = "outbox/drain"
DELIVERS: dict[str, str] = {
    DRAIN: "it has the lease of the delivery",
    "adapters/slack/tenants": "the notifier of many workspaces hands each delivery on to that of its workspace",
}
ASKING = frozenset(f"bot.outbox.notifier.{name}" for name in ("Finder", "Recaller", "Seeker", "TakenOnce"))
"""What a notifier may be besides: nobody can ask one without looking whether it is."""
ASKS = "outbox/doubts"

DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"})


@dataclass(frozen=True, order=True)
class Finding:
    """One breach: where, which rule, and what to do instead."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.rule}] {self.message}"


def check_house(bot: Path) -> list[Finding]:
    """Every breach under the package folder ``bot``, in file and line order."""
    found: list[Finding] = []
    for path in sorted(bot.rglob("*.py")):
        place = path.relative_to(bot).with_suffix("").as_posix().removesuffix("/__init__")
        module = _Module(place, path.relative_to(bot.parent).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        found.extend(module.findings())
    return sorted(found)


def within(place: str, prefixes: Iterable[str]) -> bool:
    """Whether ``place`` (``outbox/plan``) is one of ``prefixes`` or inside one."""
    return any(place == prefix or place.startswith(prefix + "/") for prefix in prefixes)


def is_pure(place: str) -> bool:
    """Whether the module at ``place`` must be pure."""
    return within(place, PURE) or (place.startswith("adapters/") and place.rsplit("/", 1)[-1] in PURE_FILES)


class _Module:
    def __init__(self, place: str, file: str, tree: ast.Module) -> None:
        self.place = place
        self.file = file
        self.tree = tree
        self.pure = is_pure(place)
        self.imports = list(_imports(tree))
        self.names = {local: dotted for _, bound in self.imports for local, dotted in bound.items()}
        self.own = {name for node in ast.walk(tree) for name in _bound(node)}

    def findings(self) -> Iterator[Finding]:
        if (name := self.place.rsplit("/", 1)[-1]) in DRAWERS:
            yield self._finding(1, "drawer", f"a module called {name} says nothing of its purpose; name it after what it promises")
        for node, _ in self.imports:
            yield from self._import(node)
        for node in ast.walk(self.tree):
            yield from self._node(node)

    def _finding(self, line: int, rule: str, message: str) -> Finding:
        return Finding(self.file, line, rule, message)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[Finding]:
        for dotted in _imported(node):
            root = dotted.split(".", 1)[0]
            if root == "bot":
                continue
            if root not in sys.stdlib_module_names:
                if root not in self._allowed():
                    yield self._finding(
                        node.lineno, "third-party", f"{root} has no business in {self.place}; THIRD_PARTY says where it has"
                    )
                continue
            if dotted in NETWORK or root in NETWORK:
                if not within(self.place, NETWORK_PLACES):
                    yield self._finding(node.lineno, "network", f"{dotted} opens sockets; only net does so for a source")
            elif self.pure:
                yield from self._pure_import(node, root, dotted)

    def _allowed(self) -> frozenset[str]:
        fitting = [prefix for prefix in THIRD_PARTY if within(self.place, (prefix,))]
        return THIRD_PARTY[max(fitting, key=len)] if fitting and not is_pure_of_libraries(self.place) else frozenset()

    def _pure_import(self, node: ast.Import | ast.ImportFrom, root: str, dotted: str) -> Iterator[Finding]:
        if root in PURE_NEEDS.get(self.place, ()):
            return
        if root not in PURE_STANDARD or (root in PURE_PARTS and dotted not in PURE_PARTS[root]):
            yield self._finding(
                node.lineno, "pure", f"{self.place} is pure: no {dotted} here; let the caller do it and pass the result in"
            )

    def _node(self, node: ast.AST) -> Iterator[Finding]:
        match node:
            case ast.Attribute() | ast.Name(ctx=ast.Load()):
                dotted = self._dotted(node)
                if dotted is not None:
                    yield from self._reference(node.lineno, dotted)
            case ast.ExceptHandler():
                yield from self._handler(node)
            case ast.Call():
                yield from self._call(node)
            case ast.alias(name="TYPE_CHECKING"):
                yield self._finding(
                    node.lineno, "type-checking", "an import for types alone is still an arrow; import it plainly or drop it"
                )
        if isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING":
            yield self._finding(
                node.lineno, "type-checking", "an import for types alone is still an arrow; import it plainly or drop it"
            )

    def _dotted(self, node: ast.expr) -> str | None:
        """The full name of what was imported (``dt.now`` -> ``datetime.datetime.now``) or is built in; None for own names."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.names:
            return ".".join([self.names[node.id], *reversed(parts)])
        return node.id if not parts and node.id not in self.own else None

    def _reference(self, line: int, dotted: str) -> Iterator[Finding]:
        place = self.place
        if dotted in CLOCK and not within(place, CLOCK_PLACES):
            yield self._finding(line, "clock", f"{dotted}: time comes in as `now` or as a Clock")
        if dotted == "bot.core.clock.SystemClock" and not within(place, SYSTEM_CLOCK_PLACES):
            yield self._finding(line, "clock", "SystemClock is made by the composition root and passed in as a Clock")
        if dotted in ENVIRONMENT and not within(place, ENVIRONMENT_PLACES):
            yield self._finding(line, "environment", f"{dotted}: only app and config read the environment")
        if (dotted in CHANCE or dotted.startswith("secrets.")) and not within(place, CHANCE_PLACES):
            yield self._finding(
                line, "chance", f"{dotted}: chance has named places (CHANCE_PLACES); elsewhere derive it from the data"
            )
        if dotted.startswith("random.") and dotted not in {"random.Random", "random.SystemRandom"}:
            yield self._finding(line, "chance", f"{dotted} uses a generator shared by the process; use random.Random(seed)")
        if dotted in NETWORK_CALLS and not within(place, NETWORK_PLACES):
            yield self._finding(line, "network", f"{dotted}: only net opens a socket for a source")
        if dotted in ASKING and place != ASKS:
            yield self._finding(line, "notifier", f"only {ASKS}.py asks a notifier what became of a message; ask it there")
        if dotted in DYNAMIC and not within(place, DYNAMIC_PLACES):
            yield self._finding(line, "dynamic", f"{dotted} hides an arrow from the import contracts; import it plainly")
        if dotted.startswith("asyncio.") and any(part.startswith("_") for part in dotted.split(".")):
            yield self._finding(line, "private", f"{dotted} is private to asyncio and may change with any Python")
        if self.pure and dotted in FILE_CALLS:
            yield self._finding(line, "pure", f"{place} is pure: no {dotted} here; let the caller do it and pass the result in")

    def _call(self, node: ast.Call) -> Iterator[Finding]:
        if self._dotted(node.func) == "random.Random" and not node.args:
            yield self._finding(node.lineno, "chance", "random.Random() without a seed; pass one in")
        if self._dotted(node.func) == "contextlib.suppress" and {"Exception", "BaseException"} & {
            self._dotted(arg) for arg in node.args
        }:
            yield self._finding(
                node.lineno, "silence", "suppress(Exception) hides every mistake; name the errors that are expected"
            )
        if not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr == "deliver" and self.place not in DELIVERS:
            yield self._finding(
                node.lineno, "notifier", "only outbox/drain.py calls Notifier.deliver; write a delivery row instead"
            )
        if self.pure and node.func.attr in FILE_METHODS and not self._is_shipped_table(node.func):
            yield self._finding(node.lineno, "pure", f"{self.place} is pure: no .{node.func.attr}() here; pass the content in")

    def _is_shipped_table(self, func: ast.Attribute) -> bool:
        """``importlib.resources.files(...)...read_text()`` in a module's own body: data shipped with the code."""
        chain: ast.expr = func
        while isinstance(chain, ast.Attribute | ast.Call | ast.BinOp):
            chain = chain.value if isinstance(chain, ast.Attribute) else chain.func if isinstance(chain, ast.Call) else chain.left
            if isinstance(chain, ast.Call) and self._dotted(chain.func) == "importlib.resources.files":
                return any(
                    func in set(ast.walk(statement))
                    for statement in self.tree.body
                    if isinstance(statement, ast.Assign | ast.AnnAssign)
                )
        return False

    def _handler(self, node: ast.ExceptHandler) -> Iterator[Finding]:
        if node.type is None:
            yield self._finding(
                node.lineno, "silence", "a bare except catches even the signal to stop; name the errors that are expected"
            )
        idle = all(
            isinstance(step, ast.Pass) or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            for step in node.body
        )
        if idle:
            yield self._finding(
                node.lineno, "silence", "an error is swallowed; handle it, or say contextlib.suppress(TheError) with a reason"
            )


def is_pure_of_libraries(place: str) -> bool:
    """Renderers and escapers speak no library: what they make is plain data and text."""
    return place.startswith("adapters/") and place.rsplit("/", 1)[-1] == "escape"


def _bound(node: ast.AST) -> Iterator[str]:
    """The names a node gives a meaning in its module: functions, classes, parameters, assignments."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
            yield name


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, dict[str, str]]]:
    """Every import statement, wherever it stands, with the names it binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield (
                node,
                {
                    alias.asname or alias.name.split(".")[0]: alias.name if alias.asname else alias.name.split(".")[0]
                    for alias in node.names
                },
            )
        elif isinstance(node, ast.ImportFrom):
            yield node, {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules an import statement names; for ``from urllib import request`` that is ``urllib.request``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = node.module or ""
    if node.level:
        return ["bot"]  # relative: ours
    if module in {"urllib", "http", "importlib", "email", "os", "concurrent", "xml"}:  # packages whose parts are modules
        return [f"{module}.{alias.name}" for alias in node.names]
    return [module]
