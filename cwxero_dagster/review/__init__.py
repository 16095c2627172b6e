"""What leaves the system for people to read: files and, later, workbook and page.

What belongs here: turning rows into files that are safe to open. What does not: computing the rows.
"""
