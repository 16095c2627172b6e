"""Xero over HTTP.

What belongs here: ``client`` (the calls), ``token`` (the sign-in), ``where`` (filters that hostile text cannot break),
``documents`` (the shapes that are sent), ``parse`` (the spellings that come back), ``refusals`` (Xero's sentences as
kinds of case). What does not: waiting, retrying and counting (``transport``); deciding what is written, and when
(publishing); Dagster.
"""
