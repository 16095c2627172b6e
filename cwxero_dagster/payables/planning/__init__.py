"""Would-be documents beside the ledger and Xero as it stands: one action each, with its reason.

What belongs here: the plan of bills and of Xero's purchase orders, drafts, published bills, the ledger rebuilt from
Xero. What does not: writing anything (publishing), grouping holds into cases (cases).
"""
