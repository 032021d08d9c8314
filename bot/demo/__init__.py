"""A sample newsroom on loopback, so that anybody can watch the bot work: no account, no token, no network."""
