"""ConnectWise PSA over HTTP, read only.

What belongs here: ``client`` (the calls), ``paging`` (walking a list to its end), ``conditions`` (filters that hostile
text cannot break). What does not: waiting, retrying and counting (``transport``), turning records into tables
(staging), Dagster, and anything that writes to ConnectWise.
"""
