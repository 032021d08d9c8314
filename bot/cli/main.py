"""``watchlamp``: the verbs, their exit statuses, and how mistakes are told.

Exit status: 0 done, 1 the work failed, 2 the input is wrong (said on standard error), 130 interrupted. When the reader of our
output goes away (a pager, `head`), typer and rich end the process with 1 and without a word.
Each family of verbs is a module of its own; heavy parts are imported when their verb runs.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.cli import backup, db, doctor, outbox, privacy, read, rules, run, setup, sources, stories, watch
from bot.cli.logs import LogLevel, configure, safe
from bot.core.errors import UserInputError, WatchlampError

app = typer.Typer(
    name="watchlamp",
    help="One short, true message per story about surveillance technology, in every chat of your team.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


_UNWRITABLE = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF})
"""What a full disk, a broken device, a limit of size and a closed descriptor answer to a write."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchlamp {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001  # eager: its callback has answered before this runs
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    configure(LogLevel.ERROR)  # results alone on standard output, whatever a part has to say; some verbs log more


run.register(app)
setup.register(app)
backup.register(app)
doctor.register(app)
read.register(app)
watch.register(app)
app.add_typer(stories.app, name="stories")
app.add_typer(rules.app, name="rules")
app.add_typer(sources.app, name="sources")
app.add_typer(outbox.app, name="outbox")
db.register(setup.db_app)
app.add_typer(privacy.app, name="privacy")
app.add_typer(setup.db_app, name="db")


def main() -> None:
    """Entry point of the command."""
    if sys.stderr is None:  # closed by whoever started us: nobody wants to hear mistakes
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # it lives as long as the process
    if sys.stdout is None:  # and the next file that is opened, a database perhaps, would take its place
        sys.stderr.write("Standard output is closed. Results go there: open it, or send it to a file or to /dev/null.\n")
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = _run()
    except OSError as error:
        # What fails while a file is opened names it; a stream that cannot take more does not, and standard output is the one
        # whose writing is not answered where it is done.
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        refused: OSError | None = error
    else:
        refused = _unwritten()
    if refused:
        if not isinstance(refused, BrokenPipeError):  # a reader who has seen enough is told nothing
            sys.stderr.write(f"Standard output cannot be written: {refused.strerror or type(refused).__name__}.\n")
        with Path(os.devnull).open("wb") as nowhere:  # what is left in its buffer goes there when Python ends, without a word
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        status = 1
    sys.exit(status)


def _unwritten() -> OSError | None:
    """What standard output says to what is still to be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _run() -> int:
    try:
        app(prog_name="watchlamp")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except WatchlampError as error:
        sys.stderr.write(f"{safe(error)}\n")
        return 2 if isinstance(error, UserInputError) else 1
    return 0


if __name__ == "__main__":
    main()
