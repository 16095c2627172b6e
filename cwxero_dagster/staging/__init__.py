"""Reading both systems into the warehouse: observations, appended when a record is new, changed or gone.

What belongs here: which records to read and when, what counts as changed, missing or gone, and the row that a record
becomes. What does not: HTTP (the clients), tables (``warehouse``), and what an observation means for a bill
(``payables``).

A run reads first and writes once, in one transaction at its end: a run that stops half-way leaves nothing behind but
the calls it made.
"""
