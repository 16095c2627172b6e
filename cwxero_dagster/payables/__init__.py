"""The rules of accounts payable: pure functions of values and frames.

What belongs here: everything that decides what a bill is, whether it may be written, and what a person is told. What
does not: Dagster, HTTP, databases, clocks, files. Whatever a rule needs to know comes in as an argument.
"""
