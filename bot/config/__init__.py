"""From one TOML file to settings that every part can rely on, and from every mistake in it to a sentence."""
