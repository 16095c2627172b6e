"""What people are asked: kinds of case with their words, grouping, ways out, and notices that hold nothing back.

What belongs here: everything that is true of cases of all rooms. What does not: finding a hold (the room of the rule
that holds), keeping cases (warehouse).
"""
