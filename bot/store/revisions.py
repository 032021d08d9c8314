"""The names of the schemas: which this program knows, which it works on, and how it tells PostgreSQL so. Knows nothing else."""

from __future__ import annotations

REVISIONS = (
    "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013", "0014", "0015",
    "0016", "0017", "0018",
)  # fmt: skip
"""Every schema this program knows, oldest first; a test compares it with the migration files."""

HEAD = REVISIONS[-1]
"""The schema this program works on; on a newer one as well, if every migration between only expands (``works_on``)."""

SESSION = "watchlamp "
"""How a session calls itself to PostgreSQL, before the schema of its program."""
