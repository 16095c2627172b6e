"""The coverage equation, and where each of its figures leads.

What belongs here: the equation of a purchase order and its lines. What does not: gathering what goes into it
(pipeline), reports over many orders (reports).
"""
