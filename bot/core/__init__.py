"""Words and contracts shared by every room. Standard library only; imports nothing else of ours."""
