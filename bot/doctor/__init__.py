"""Looks a set-up over: what will not work, what hardly does what was meant, and what to click or type.

Reads and asks, never writes, posts or changes anything; nothing here keeps running. Part of the composition root.
"""
