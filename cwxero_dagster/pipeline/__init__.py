"""The walk of the data, without Dagster: stage, derive, bill, plan, publish, one step after the other.

What belongs here: reading what the rules need from the warehouse, calling them in order, keeping what they answer. What
does not: the rules (payables), HTTP (clients), SQL (warehouse), anything of Dagster (assets call these steps).
"""
