"""The page on which a person is the simulated firm's bookkeeper (in Xero) and its buyer (in ConnectWise).

What belongs here: HTML for people, and forms that press the same buttons as the real systems' screens. What does not:
what a button does (``sandbox/xero/bookkeeper.py``, ``sandbox/connectwise/buyer.py``) and anything of the product.
"""

from cwxero_dagster.sandbox.page.routes import page_routes

__all__ = ["page_routes"]
