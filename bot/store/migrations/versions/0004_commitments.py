"""Dated promises found in a story's articles are kept with the story."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
expands = True


def upgrade() -> None:
    """Create the table. Nothing that an older program reads or writes is changed."""
    op.create_table(
        "commitments",
        sa.Column("story_id", sa.Text),
        sa.Column("number", sa.Integer),
        sa.Column("date", sa.Text, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("story_id", "number", name="commitments_pkey"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="commitments_story_id_fkey", ondelete="CASCADE"),
    )
