"""Where documents of strangers are read: a parent that hands out jobs, and children that may be killed."""
