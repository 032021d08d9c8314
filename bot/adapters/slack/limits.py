"""What Slack allows a message to hold, each figure with the page it is from (all seen 2026-11), and what we allow ourselves.

Lengths are counted after escaping, in UTF-16 units: Slack does not say what it counts, and code points are never more.
"""

from __future__ import annotations

SECTION_TEXT = 3_000
"""Text of a section (docs.slack.dev/reference/block-kit/blocks/section-block)."""
CONTEXT_TEXT = 2_000
"""Of one text in a context block: ours. A text object may hold 3,000
(docs.slack.dev/reference/block-kit/composition-objects/text-object)."""
BLOCKS = 50
"""Blocks of a message (docs.slack.dev/reference/block-kit/blocks)."""
VIEW_BLOCKS = 100
"""Blocks of a modal or of the Home tab (the same page)."""
BUTTON_TEXT = 75
"""Words on a button (docs.slack.dev/reference/block-kit/block-elements/button-element)."""
BUTTON_VALUE = 2_000
"""What a button gives back when it is pressed (same page)."""
ACTIONS = 25
"""Elements of an actions block (docs.slack.dev/reference/block-kit/blocks/actions-block)."""
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_WORD = 100, 300, 30
"""Of the question before a press counts (docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object)."""
VIEW_TITLE = 24
"""Title and both buttons of a modal (docs.slack.dev/reference/views/modal-views)."""
PRIVATE_METADATA = 3_000
"""What a modal carries for its app (same page)."""
INPUT_LABEL = 2_000
"""Words above an input (docs.slack.dev/reference/block-kit/blocks/input-block)."""
INPUT_TEXT = 3_000
"""``max_length`` of a text input (docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element)."""
HINT = 150
OPTIONS, OPTION_GROUPS, OPTION_TEXT, OPTION_VALUE = 100, 100, 75, 150
"""Of a select menu, each group of it included (docs.slack.dev/reference/block-kit/block-elements/select-menu-element and
docs.slack.dev/reference/block-kit/composition-objects/option-object)."""
ALT_TEXT = 2_000
"""What an image block says to who cannot see it (docs.slack.dev/reference/block-kit/blocks/image-block)."""
URL = 3_000
"""An address in a block (same page); ours are shorter, see LINK."""
TOTAL_TEXT = 9_000
"""All texts of a message's blocks together: ours. Slack refuses messages near 11,300 to 13,300 characters with
``msg_blocks_too_long`` and documents no figure (github.com/slackapi/bolt-js issues 2509 and 2867)."""
NOTIFICATION = 150
"""Top-level text of ours: what a locked phone shows and a screen reader reads. An edit may hold 4,000
(docs.slack.dev/reference/methods/chat.update)."""

LINK = 1_200
"""An address with its escapes; beyond that the headline stands without a link, so that headline and link fit one section."""
SENTENCE = 600
NOTE = 500
"""Most characters of each; headlines and names have theirs in ``bot.text.telling``."""
SENTENCES = 3
NOTES = 3
STORIES_LISTED = 100
"""Most entries of each list; the rest is counted. TOTAL_TEXT ends a digest earlier."""
ENTRIES_A_SECTION = 5
"""Lines of a digest in one section: ours, so that a list has room to breathe on a phone and no section nears its limit."""

ANSWER_TEXT = 8_000
"""All texts of an answer to a command."""

SIGNATURE_AGE = 300
"""Seconds a signed request may be old, or ahead (docs.slack.dev/authentication/verifying-requests-from-slack)."""
