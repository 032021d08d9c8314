"""Migrations, shipped inside the package and run by ``bot.store.schema``, all that are missing in one transaction.

To change the schema: change ``bot/store/tables.py``; add ``versions/000N_what.py`` by hand (``revision``, ``down_revision``,
``upgrade``; plain SQLAlchemy types, for a migration must not change when the code does); add the revision to ``REVISIONS`` in
``bot/store/schema.py``. Tests compare the result with the tables on both databases and kill the process at every statement.
There is no way down: an older program's data comes back from a backup.
"""
