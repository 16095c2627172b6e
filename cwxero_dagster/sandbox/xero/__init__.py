"""A simulated Xero: identity, the accounting API for supplier documents, and a bookkeeper who works in it.

What belongs here: behaviour of the real service as the public facts describe it, stricter where they are silent. What
does not: the firm's data (sandbox/world) and sockets (sandbox/server.py).
"""

from cwxero_dagster.sandbox.xero.bookkeeper import Bookkeeper
from cwxero_dagster.sandbox.xero.desk import BookLine, NotPossibleError
from cwxero_dagster.sandbox.xero.service import Seen, Xero
from cwxero_dagster.sandbox.xero.switches import XeroSwitches

__all__ = ["BookLine", "Bookkeeper", "NotPossibleError", "Seen", "Xero", "XeroSwitches"]
