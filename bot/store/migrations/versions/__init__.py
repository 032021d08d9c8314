"""One file a schema, in order; see the package above."""
