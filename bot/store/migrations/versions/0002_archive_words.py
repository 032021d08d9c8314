"""The archive can be searched: the words of every item that is filed from now on; of older ones, that they have none yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
expands = False  # an older program files articles without words, which a search would then miss

_UNINDEXED = (
    "INSERT INTO facts (name, value) "
    "SELECT 'archive.unindexed', CAST(max(arrival) AS TEXT) FROM items HAVING max(arrival) IS NOT NULL"
)
"""Items up to this number of arrival have no words: a search looks at each of them."""


def upgrade() -> None:
    """Create the index. Nothing that an older program reads or writes is changed."""
    if op.get_bind().dialect.name == "sqlite":
        # Words come ready-made: the tokeniser only cuts at blanks (every byte outside ASCII counts as a letter to it). Positions
        # and the words' text are not kept: a search says which items, the items say the rest.
        op.execute(
            "CREATE VIRTUAL TABLE item_words USING fts5"
            "(words, content='', columnsize=0, detail=none, tokenize=\"ascii tokenchars '&+#'\")"
        )
    else:
        op.create_table(
            "item_words",
            sa.Column("arrival", sa.BigInteger, autoincrement=False),
            sa.Column("words", postgresql.TSVECTOR, nullable=False),
            sa.PrimaryKeyConstraint("arrival", name="item_words_pkey"),
        )
        op.create_index("item_words_words", "item_words", ["words"], postgresql_using="gin")
    op.execute(_UNINDEXED)
