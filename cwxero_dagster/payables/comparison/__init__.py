"""The parallel run: the sync's would-be bills against the bills that the bookkeeper keyed.

What belongs here: bringing both sides into one shape (sides), finding which bill is which (pairing, sums), how they
differ (lines, differences), what one decision clears (patterns, dispositions), whether it adds up (tie_out) and whether
the cycle counts as ready (readiness). What does not: reading either system, keeping results, showing them.
"""
