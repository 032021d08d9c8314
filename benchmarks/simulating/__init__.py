"""Many workers on one database, simulated: see ``benchmarks/simulation.py``."""
