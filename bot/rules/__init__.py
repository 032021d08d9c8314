"""The rule language: read a query, match it against items, say why it did or did not hold. Pure functions only."""
