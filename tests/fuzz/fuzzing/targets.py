"""Every fuzz target."""

from __future__ import annotations

from fuzzing import chats, discord_events, documents, network, slack_events, written

TARGETS = (*documents.TARGETS, *written.TARGETS, *network.TARGETS, *chats.TARGETS, *slack_events.TARGETS, *discord_events.TARGETS)
