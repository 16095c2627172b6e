"""Which goods become which bill, and what of them a bill gives back.

What belongs here: units, and everything that settles their extent: allocation, deliveries, vendor invoices, carriers,
services, prices billed beside a bill, doubts about more. What does not: what a bill looks like (composing), what
happens to it in Xero (planning).
"""
