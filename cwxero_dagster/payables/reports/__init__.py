"""Figures of the review: what finance asks of a billing cycle beside its bills, one question a module.

What belongs here: pure figures, and the one value that holds all of a cycle's (pack). What does not: reading what they
rest on (pipeline), laying them out (review).
"""
