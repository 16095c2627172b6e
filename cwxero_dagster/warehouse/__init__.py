"""What the pipeline remembers: one DuckDB file in ``CWXERO_HOME``.

What belongs here: tables, transactions, versions and copies of the file, and all SQL. What does not: what a row means
(``frames``, ``payables``) and where it comes from (``staging``). Nothing is opened at import; every connection lives
for one transaction.
"""
