"""The new words of a changed article, as its source gave them, until they are taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
expands = True


def upgrade() -> None:
    """Add columns. An older program writes rows without them: then the item itself has the new words already."""
    for name in ("summary", "content_text", "text_state"):
        op.add_column("item_edits", sa.Column(name, sa.Text))
