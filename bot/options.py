"""How a run is wanted, beside what the configuration says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from types import EllipsisType
from typing import TextIO

from bot.config.settings import Settings
from bot.core.deliveries import Delivery
from bot.core.duties import ALL_DUTIES, Duty
from bot.service.alert import Filed


def _nothing(_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Options:
    """How the bot is run.

    Attributes:
        once: poll what is due, deliver what is pending, end.
        dry_run: show instead of sending, on a copy of the database.
        jsonl: print rows instead of cards.
        out: where cards and rows of console channels go; None is standard output.
        at: called with the name of each point between poll and receipt; crash tests kill the process there.
        on_filed: called with every committed batch.
        on_settled: called with every delivery whose state became final, held or in doubt.
        on_reload: called with the settings that are in force from now on.
        on_beat: called once a second while the process truly lives, with the parts by name and whether each does its work.
        config: the file to read again on SIGHUP, or None: then SIGHUP ends the process, as it does any other.
        duties: what this process does, where several work together; one that runs alone does everything.
        lean: what a start needs once, if at all, works in a process of its own: what it takes ends with it.
        begun: a child that makes a new database already (``bot.ahead``), for a run that is lean.
        listen: where its own endpoints listen, instead of where the file says; None: nowhere, whatever the file says.
    """

    once: bool = False
    dry_run: bool = False
    jsonl: bool = False
    out: TextIO | None = None
    at: Callable[[str], None] = _nothing
    on_filed: Callable[[Filed], None] = _nothing
    on_settled: Callable[[Delivery], None] = _nothing
    on_reload: Callable[[Settings], None] = _nothing
    on_beat: Callable[[Mapping[str, bool]], None] = _nothing
    config: Path | None = None
    duties: frozenset[Duty] = ALL_DUTIES
    lean: bool = False
    begun: Popen[bytes] | None = None
    listen: tuple[str, int] | EllipsisType | None = ...
