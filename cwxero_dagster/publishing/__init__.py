"""The one place that writes to Xero: plan, ledger and client brought together.

What belongs here: sending what a plan says, intent first, and finding out what became of it. What does not: deciding
what is to be written (payables/planning), keeping it (warehouse/ledger), HTTP (xero/client). What a plan says is worked
out again from what is known now before anything leaves (DESIGN.md, "The guard is in the publisher").
"""
