"""The archive's words on PostgreSQL: the statements that only its dialect can make.

Imported once a database is one: the dialect takes more than two megabytes, and a bot on SQLite has none to spare. Never imported at
the top of a module.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.dialects.postgresql import insert as insert_into

from bot.store.tables import item_words

_WORDS = insert_into(item_words).values(
    arrival=bindparam("number", type_=BigInteger), words=func.array_to_tsvector(bindparam("held", type_=ARRAY(Text)))
)
INSERT = _WORDS.on_conflict_do_nothing()  # filed while older items were indexed: the words are the same
REPLACE = _WORDS.on_conflict_do_update(index_elements=[item_words.c.arrival], set_={"words": _WORDS.excluded.words})
FOUND = select(item_words.c.arrival).where(item_words.c.words.op("@@")(cast(bindparam("asked", type_=Text), TSQUERY)))
BY_INDEX = text("SET LOCAL enable_seqscan = off")
"""The planner does not count that a table's words lie apart from its rows: for a word of four articles in five it would read them
all, in 450 ms at 100,000 articles, where the index takes 150 (``docs/postgresql.md``)."""
