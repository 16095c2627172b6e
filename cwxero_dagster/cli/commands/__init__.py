"""The commands, a file a subject: their arguments, and a function each that gives the exit status.

What belongs here: calling what a command is for, and handing its answer on. What does not: JSON shapes (``answers``),
text for people (``showing``), and what a failure comes to (``command``).
"""
