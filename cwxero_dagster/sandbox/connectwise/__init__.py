"""A simulated ConnectWise PSA: purchase orders, receiving, vendors, catalog and reports, over a store.

What belongs here: behaviour of the real system as public material describes it, with a switch for each fact that it
leaves open, stricter rather than kinder. What does not: the firm whose data it holds, and the web server.
"""

from cwxero_dagster.sandbox.connectwise.api import ConnectWise
from cwxero_dagster.sandbox.connectwise.buyer import Buyer
from cwxero_dagster.sandbox.connectwise.switches import ConnectWiseSwitches

__all__ = ["Buyer", "ConnectWise", "ConnectWiseSwitches"]
