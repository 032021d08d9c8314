"""What is sent where, when and why: decided in ``plan`` and ``retry``, carried out by ``drain``, asked about in ``doubts``."""
