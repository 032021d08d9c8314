"""Invented input of every kind that strangers can send, and what each reader of it promises.

``draw`` makes choices, ``pieces`` are the hostile parts that everything is made of; one module a family makes inputs and says what
must hold after reading one; ``targets`` is the list of all of them, ``sweep`` walks it and counts.
"""
