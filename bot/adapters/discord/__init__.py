"""Discord: messages as embeds over REST, the commands over the gateway."""
