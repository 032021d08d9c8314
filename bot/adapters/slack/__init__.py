"""Slack: the messages as Block Kit, the commands over Socket Mode or signed HTTP."""
