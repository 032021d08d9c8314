"""The terminal as a chat: the same messages, printed."""
