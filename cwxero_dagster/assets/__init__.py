"""Dagster assets, thin: take the firm's session, call one step, say what came of it.

What belongs here: names, descriptions, owners, groups, dependencies, metadata. What does not: rules, SQL, HTTP.
"""
