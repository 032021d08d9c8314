"""Jobs of the sandbox's children, and the only code that may import feedparser, lxml or trafilatura."""
