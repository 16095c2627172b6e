"""For whom goods were bought: on-billing, and the links of bill lines to customers in Xero.

What belongs here: cost, revenue and margin by customer, and what is to be linked. What does not: reading
ConnectWise's sales (staging), writing links (publishing).
"""
