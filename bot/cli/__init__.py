"""The command line: parses words, calls the parts, prints. No rule logic, no SQL."""
