"""A simulated ConnectWise and Xero on loopback, with state, limits and faults.

What belongs here: behaviour of the two real systems as the public facts describe them, stricter rather than kinder; a
believable firm to try the product on; the page on which a person is its bookkeeper and buyer. What does not: anything
of the product. The product reaches the sandbox over HTTP only and imports nothing from here (the command line starts
it).
"""
