"""What the machine gives: Python, the folder of the database, the disk, the port, another copy of the bot.

Promises: writes nothing that stays; a program that already runs with the same database is no trouble. Windows has neither mount
table nor rights of files; what cannot be asked there is left out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

from bot.config.settings import Settings
from bot.core.clock import Clock
from bot.core.errors import FetchError, UserInputError
from bot.core.findings import Code, Finding, error, warning
from bot.net.client import Fetcher
from bot.store.instance import only_run, run_lock, sqlite_path
from bot.web.port import is_free

OLDEST = (3, 11)
"""The oldest Python there is a lock for (pyproject.toml, requires-python)."""
MOUNTS = Path("/proc/self/mountinfo")
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "vboxsf", "ncpfs", "glusterfs"}
) | {f"fuse.{name}" for name in ("sshfs", "glusterfs", "s3fs", "rclone", "davfs", "cephfs")}
"""Locks of files cannot be relied on there, and SQLite needs them (sqlite.org/howtocorrupt.html, 2.1, seen 2026-11)."""
LEAST_FREE = 200_000_000
"""Bytes: room for the write-ahead log and a day of a busy stream, beside a copy of the database, which an upgrade makes first."""
_SMALL = 64_000


def python(version: tuple[int, ...]) -> Iterator[Finding]:
    """Whether this Python is one that the bot is made for.

    Args:
        version: as ``sys.version_info`` begins.
    """
    if version[:2] < OLDEST:
        said = f"This is Python {version[0]}.{version[1]}; Watchlamp needs {OLDEST[0]}.{OLDEST[1]} or newer."
        yield error(Code.PYTHON_OLD, "python", said, "Install a newer one and make the environment anew with it.")


def database(url: str, *, mounts: str | None = None, least: int = LEAST_FREE) -> Iterator[Finding]:
    """Whether the folder of a SQLite database can hold it.

    Args:
        url: of the database; other kinds have no folder here.
        mounts: the table of mounts as Linux prints it; None for this machine's own.
        least: bytes that must be free, beside the size of the database.
    """
    path = sqlite_path(url)
    if path is None:
        return
    folder = path.parent
    if not folder.is_dir():
        said = f"There is no folder {folder} for the database."
        yield error(Code.DATABASE_FOLDER, "database.url", said, f"Type: mkdir -p {folder} (as the user that runs the bot)")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as refused:
        said = f"The folder of the database, {folder}, cannot be written by the user who asks this ({refused.strerror})."
        remedy = f"Ask again as the user that runs the bot; if nothing changes, give it the folder: chown THAT-USER {folder}"
        yield error(Code.DATABASE_FOLDER, "database.url", said, remedy)
        return
    kind = file_system(folder, _own_mounts() if mounts is None else mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        said = f"The database is on a network file system ({kind}), where SQLite's locks cannot be relied on."
        yield error(Code.DATABASE_NETWORK, "database.url", said, "Put it on a disk of this machine, or use PostgreSQL.")
    needed = least + (path.stat().st_size if path.exists() else 0)
    free = shutil.disk_usage(folder).free
    if free < needed:
        said = f"The disk of the database has {_size(free)} left; an upgrade and busy days need {_size(needed)}."
        yield warning(Code.DISK_FULL, "database.url", said, "Make room, or move the database to a larger disk.")


def _own_mounts() -> str:
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return ""


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system a folder is on, from a table as in ``/proc/self/mountinfo`` (proc(5)); empty if it does not say."""
    real = folder.resolve()
    found = (0, "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:
            point = Path(fields[4].replace("\\040", " "))
            if real.is_relative_to(point) and len(point.parts) >= found[0]:
                found = (len(point.parts), kinds[0])
    return found[1]


def _size(count: int) -> str:
    return f"{count / 1_000_000:.0f} MB"


def is_running(url: str) -> bool:
    """Whether a ``run`` holds the database now."""
    path = sqlite_path(url)
    if path is None or not run_lock(path).exists():
        return False
    try:
        with only_run(url):
            return False
    except UserInputError:
        return True


async def web(settings: Settings, clock: Clock) -> list[Finding]:
    """Whether the bot could listen where it is told to, and who else could reach it there."""
    if settings.web is None:
        return []
    host, port = settings.web.host, settings.web.port
    found = []
    if not _is_own(host):
        said = f"web.listen is {host}:{port}, which other machines can reach; what stands there is for your own."
        remedy = (
            'Write listen = "127.0.0.1:PORT" and let a web server hand on what has to be reached. In a container whose port is '
            "not published, it is right as it is."
        )
        found.append(warning(Code.WEB_OPEN, "web.listen", said, remedy))
    if await is_free(host, port) or is_running(settings.database_url):
        return found
    if await _is_watchlamp(settings, clock):
        said = f"Another Watchlamp answers on {host}:{port}, and it uses another database than this configuration."
        remedy = "Stop one of the two: with the same tokens, both answer and post. `ps aux | grep watchlamp` shows them."
        found.append(error(Code.TWO_INSTANCES, "web.listen", said, remedy))
    else:
        said = f"Another program listens on {host}:{port}."
        remedy = f"Choose another port in web.listen; `ss -ltnp | grep :{port}` says who it is."
        found.append(error(Code.PORT_IN_USE, "web.listen", said, remedy))
    return found


def _is_own(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _is_watchlamp(settings: Settings, clock: Clock) -> bool:
    assert settings.web is not None
    host = settings.web.host if _is_own(settings.web.host) else "127.0.0.1"
    own = ("127.0.0.0/8", "::1/128")
    net = replace(
        settings.net, allow=tuple(ip_network(one) for one in own), allow_ports=(settings.web.port,), proxy=None, ca_file=None
    )
    place = f"[{host}]" if ":" in host else host
    try:
        async with Fetcher(net, clock=clock, deadline=5.0) as fetcher:
            told = await fetcher.get(f"http://{place}:{settings.web.port}/metrics", accept="text/plain", max_bytes=_SMALL)
    except FetchError:
        return False
    return b"watchlamp_build_info" in told.body
