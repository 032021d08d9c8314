"""The log for programs: one JSON object a line, whoever speaks, with documented fields and without secrets."""

from __future__ import annotations

import ast
import gc
import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from bot.cli.logs import LogFormat, LogLevel, configure
from bot.config.redaction import HIDDEN
from bot.config.secret import Secret

ROOT = Path(__file__).resolve().parents[2]
CANARY = 'xoxb-canary-"quoted"\\and-long'


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test sets up for the process is undone."""
    root = logging.getLogger()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    before = root.level
    config = structlog.get_config()
    yield
    structlog.configure(**config)
    root.setLevel(before)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """The lines that were written, each read as JSON."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure(LogLevel.INFO, LogFormat.JSON)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def failed() -> None:
    """Fails."""
    raise ValueError("no")


def test_an_event_is_one_object_with_its_fields(lines):
    structlog.get_logger().info("polled", source="eff", new=2, notes=["a", "b"], baseline=False, error=None)
    (line,) = lines()
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {
        "level": "info",
        "event": "polled",
        "source": "eff",
        "new": 2,
        "notes": ["a", "b"],
        "baseline": False,
        "error": None,
    }


def test_a_field_that_json_does_not_know_is_told_in_words(lines):
    structlog.get_logger().warning("odd", path=Path("a/b"), inner={"kinds": {1}}, pair=(1, 2.5))
    (line,) = lines()
    assert (line["path"], line["inner"], line["pair"]) == ("a/b", {"kinds": [1]}, [1, 2.5])


def test_a_library_s_line_and_its_traceback_are_an_object_too(lines):
    try:
        failed()
    except ValueError:
        logging.getLogger("slack_sdk").exception("it went %s", "wrong\nhere")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", line["timestamp"])
    assert (line["level"], line["event"], line["logger"]) == ("error", "it went wrong\nhere", "slack_sdk")
    assert line["exception"].endswith("ValueError: no")


def test_a_library_whose_logger_has_a_level_of_its_own_says_no_more_than_is_wanted(monkeypatch):
    library = logging.getLogger("discord.gateway")
    monkeypatch.setattr(library, "level", logging.WARNING)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    for level, told in ((LogLevel.WARNING, True), (LogLevel.ERROR, False)):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        configure(level)
        library.warning("late")
        assert ("late" in sys.stderr.getvalue()) is told


def test_a_traceback_of_ours_has_a_field_of_its_own(lines):
    try:
        failed()
    except ValueError:
        structlog.get_logger().exception("a stage failed", stage="poll")
    (line,) = lines()
    assert line["exception"].endswith("ValueError: no")
    assert line["stage"] == "poll"


def test_an_exception_that_nobody_catches_is_an_object_also_in_a_thread(lines):
    try:
        failed()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    first, second = lines()
    assert (first["level"], first["event"]) == ("critical", "uncaught exception")
    assert "ZeroDivisionError" in second["exception"]


def test_a_secret_is_masked_in_every_field_and_the_line_stays_an_object(lines):
    HIDDEN.hide([Secret(CANARY)])
    structlog.get_logger().error(f"said {CANARY}", error=f"token={CANARY}", inner={CANARY: [CANARY]}, odd=Path(CANARY))
    logging.getLogger("aiohttp").error("asked https://user:%s@host.example/?token=%s", CANARY, CANARY)
    told = lines()
    assert len(told) == 2
    assert "canary" not in json.dumps(told)


def used_fields() -> dict[str, str]:
    """Every field that a line of ours may have, with a place that writes it."""
    found: dict[str, str] = {}
    for path in (ROOT / "bot").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        aliases = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(_is_log(part) for part in ast.walk(node.value))
            and not isinstance(node.value, ast.Call)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (_is_log(node.func) or (isinstance(node.func, ast.Name) and node.func.id in aliases)):
                found.update({word.arg: f"{path.name}:{node.lineno}" for word in node.keywords if word.arg})
    return found


def _is_log(node: ast.AST) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    return isinstance(node, ast.Attribute) and node.attr in levels and isinstance(node.value, ast.Name) and node.value.id == "log"


class Fails:
    """Whatever is done with it fails and says a secret."""

    def __del__(self) -> None:
        raise ValueError(CANARY)

    def __str__(self) -> str:
        raise ValueError(CANARY)


@pytest.mark.parametrize("form", list(LogFormat))
def test_what_python_itself_prints_of_failures_comes_through_the_same_filter(
    monkeypatch: pytest.MonkeyPatch, form: LogFormat
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(HIDDEN, "_known", set())
    monkeypatch.setattr(HIDDEN, "_forms", ())
    HIDDEN.hide([Secret(CANARY)])
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure(LogLevel.INFO, form)
        one = Fails()
        values = [("the value is %s", (one,)), ("%s and %s", (CANARY,))]
        for words, given in values:
            logging.getLogger("library").warning(words, *given)
        del one, given, values
        gc.collect()
        warnings.warn(f"old: {CANARY}", DeprecationWarning, stacklevel=1)
        gone: Any = SimpleNamespace(exc_type=OSError, exc_value=None, exc_traceback=None, err_msg=None, object=CANARY)
        sys.unraisablehook(gone)
    said = written.getvalue()
    assert "canary" not in said
    for words in ("the value is %s", "%s and %s", "Exception ignored in", "ValueError", "DeprecationWarning: old: ***", "OSError"):
        assert words in said
    if form is LogFormat.JSON:
        assert {json.loads(line)["logger"] for line in said.splitlines()} == {"library", "bot", "py.warnings"}


def test_a_line_that_cannot_be_written_brings_its_values_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    configure(LogLevel.INFO)
    monkeypatch.setattr(sys, "stderr", written := io.StringIO())
    logging.getLogger("library").warning("%s", CANARY)
    assert written.getvalue() == ""


def test_every_field_is_on_the_page():
    section = (ROOT / "docs/metrics.md").read_text(encoding="utf-8").split("\n## Log\n", 1)[1]
    page = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))
    used = used_fields()
    used.pop("exc_info")  # it becomes ``exception``
    of_all = {"timestamp", "level", "event", "logger", "exception"}
    built = {"notes"}  # handed on in a dictionary
    assert sorted(f"{name} ({where})" for name, where in used.items() if name not in page) == []
    assert page.keys() - used.keys() == of_all | built
