"""What others may ask this process over HTTP."""
