"""Shipped packs: TOML files of entities, rules and sources that a configuration includes by name."""
