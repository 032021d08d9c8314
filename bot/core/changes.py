"""What people change by commands and may take back: each change has a number, and its audit row tells how it was before.

The seam between whoever makes a change and ``undo``: a change is an ``Audited`` row with a number; ``what`` names its kind,
``before`` and ``after`` hold the state as words that its maker can read again. Taking it back is a change of the same kind with the
two the other way round, under a number of its own: so it can be taken back too, and the log tells all of it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.identity import digest
from bot.core.overlays import Audited


def numbered(audited: Audited) -> Audited:
    """The row with the number that people type to take it back: ``c`` and twelve digits, as constraints have.

    Two rows alike in everything, to the microsecond, share one; the newest counts.
    """
    lists = (audited.subjects, audited.before, audited.after)
    parts = (audited.what, *(part for listed in lists for part in (str(len(listed)), *listed)))
    return replace(audited, number="c" + digest(audited.workspace_id, audited.member, audited.at.isoformat(), *parts, size=6))
