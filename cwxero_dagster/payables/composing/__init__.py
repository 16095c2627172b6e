"""From a bill unit to a would-be bill, and everything that holds it before Xero has it.

What belongs here: lines with their coding, dates, tax, the match, the preflight, twins. What does not: which goods it
bills (units), what Xero holds of it already (planning).
"""
