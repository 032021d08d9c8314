"""Words and addresses: pure functions over text, no I/O, no clock."""
