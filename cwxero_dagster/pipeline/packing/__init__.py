"""Gathers the review pack of a cycle from what runs kept; asks neither system for anything.

What belongs here: reading plan, bills, cases, ledger, purchasing and comparison (gathering), and calling one rule a
figure (questions, goods, orders, parallel; pack puts them together). What does not: the rules (payables/reports),
files (review).
"""
