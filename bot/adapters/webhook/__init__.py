"""Another program as a channel: messages as signed calls (docs/webhooks.md)."""
