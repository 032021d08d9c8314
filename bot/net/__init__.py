"""The only way out to the web for sources: one gate that every request and every redirect passes."""
