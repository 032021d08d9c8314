"""Which items report one event, and what a message says about it. Pure: frozen values in, frozen values out."""
