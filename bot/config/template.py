"""The first configuration that ``watchlamp init`` writes: small, commented, and working as it is."""

from __future__ import annotations

TEMPLATE = """\
# Watchlamp's configuration. Change it, then run:  watchlamp check
# Every key there is, with its meaning: config.example.toml and docs/configuration.md.

timezone = "UTC"                        # such as "Europe/Berlin"; for quiet hours and digests
include = ["pack:surveillance"]         # names of vendors, products and agencies, and rules over them
database = { url = "sqlite:watchlamp.db" }      # made beside this file

[net]
contact = ""                            # "mailto:you@example.org": lets a newsroom reach you instead of blocking you

# ---------------------------------------------------------------- where messages go

[[channels]]
id = "terminal"
to = "console:terminal"                 # shown in this terminal

# ---------------------------------------------------------------- what is read

[[sources]]
id = "eff"
url = "https://www.eff.org/rss/updates.xml"

[[sources]]
id = "privacy-international"
url = "https://privacyinternational.org/rss.xml"

[[sources]]
id = "404media"
url = "https://www.404media.co/rss/"

# ---------------------------------------------------------------- what is told

[[rules]]
id = "face-recognition-limits"
title = "Limits on face recognition"
query = '@face_recognition (ban OR banned OR moratorium OR halt* OR lawsuit)'
channels = ["terminal"]

[rules.tests]
match = ["The city council passed a ban on facial recognition."]
no_match = ["The ban on parking in Mill Lane stays.", "The airport tries facial recognition at its gates."]

# A rule of the pack, sent to a channel. What is not written here stays as the pack has it.
[[rules]]
id = "plate-readers"
channels = ["terminal"]
"""
