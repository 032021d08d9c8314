"""Migrations, shipped inside the package and run by ``bot.store.schema``, all that are missing in one transaction.

To change the schema: change ``bot/store/tables.py``; add ``versions/000N_what.py`` by hand (``revision``, ``down_revision``,
``upgrade``; plain SQLAlchemy types, for a migration must not change when the code does); add the revision to ``REVISIONS`` in
``bot/store/revisions.py``. Tests compare the result with the tables on both databases and kill the process at every statement.
There is no way down: an older program's data comes back from a backup.

Each migration says whether it only expands (``expands = True`` or ``False``, below ``down_revision``; the reason beside a False).
True promises two things, and older programs then stay on the upgraded database while new ones join them:

- It only adds: tables; columns that may be NULL or have a server default. Existing columns, their types, constraints and indexes
  stay as they are, a table that was there gets a new index over some of its rows at most (writers wait while it is made), and no
  foreign key leads from a new table to rows that an older program deletes, unless it says ON DELETE. A test holds every such
  migration to it on both databases, and writes rows as a program of the schema before does.
- A program that does not know what was added does right all the same: it ignores nothing that people asked for, and what it
  writes misleads nobody. That is for whoever writes the migration to think through.

A column that is to go: in one release nobody reads or needs it any more, in the next a migration with ``expands = False`` drops it.
"""
