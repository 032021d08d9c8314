"""The outside world turned into items: one file per kind of source."""
