"""A service that Apprise knows as a channel: plain text, one way (docs/apprise.md)."""
