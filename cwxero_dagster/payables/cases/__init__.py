"""What people are asked: holds grouped into cases, ways out, what ended a case, and notices that hold nothing back.

What belongs here: everything that is true of cases of all rooms. What does not: the kinds and
their words (payables/kinds), finding a hold (the room of the rule that holds), keeping cases (warehouse).
"""
