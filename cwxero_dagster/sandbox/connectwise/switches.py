"""What is not known about a real ConnectWise, as switches: the product has to hold with every one both ways.

What belongs here: one field for each fact that public material leaves open, with what is known. What does not: tenant
settings that ConnectWise itself publishes (automatic closing of lines and POs: ``/procurement/settings``), and faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ConnectWiseSwitches:
    """The defaults are what the evidence leans to."""

    not_found_on_bad_credentials: bool = False
    """Known: the cloud may answer 404 for wrong keys. Off: 401. On: 404 without a body, on everything but
    ``/system/info``, which a self-hosted server answers to anyone in both positions."""

    requests_per_minute: int = 1000
    """Known: throttling is likely beyond 1,000 a minute. Not known: how the minute is counted (here: sliding)."""

    date_conditions: Literal["exact", "days_only", "refused"] = "exact"
    """Known: conditions with a moment work on the cloud; one self-hosted server finds nothing when the value has a
    time part, and nothing for ``>=`` today. Not known: which servers. ``days_only`` behaves like that one;
    ``refused`` answers 400 to a time part."""

    clone_cuts_original_quantity: bool = True
    """Receiving with PartiallyReceiveCloneRest. Known: the rest moves to a new line. Not known: whether the quantity
    of the original line becomes what was received (on) or stays (off)."""

    clone_closes_original: bool = True
    """Not known: whether CloneRest closes the original line."""

    clone_repeats_line_number: bool = False
    """Not known: whether the new line has the next number of the PO (off) or the original's (on)."""

    cancel_rest_keeps_quantity: bool = True
    """Receiving with PartiallyReceiveCancelRest. Not known: whether quantity stays as ordered (on) or becomes what
    was received (off)."""

    cancel_rest_sets_canceled: bool = False
    """Not known: whether CancelRest marks the line cancelled although a part was received."""

    received_rounds_up: bool = False
    """Known: receivedQuantity is a whole number, quantity is not. Not known: what 2.5 received is shown as: 2 (off)
    or 3 (on)."""

    line_patch_moves_header: bool = True
    """Known: receiving in the user interface moves the PO's lastUpdated. Not known: whether every change of a line
    does, the API's included. Off: no change of a line ever moves the header."""

    tax_is_per_unit: bool = False
    """Not known: whether a line's ``tax`` is for the line (off) or for one unit (on). Kept per line in both."""

    totals_include_cancelled: bool = False
    """Not known: whether the header's totals count cancelled lines. Off: what was received of them only."""

    closing_po_closes_lines: bool = False
    """Not known: whether a closed status closes the PO's open lines."""

    reopening_clears_date_closed: bool = False
    """Known: a vendor of another integration says that re-closing does not change the date of the first closing.
    Not known: whether the date is gone while the PO is open again."""

    batched_cost_is_editable: bool = True
    """Not known: whether unitCost of a line can be changed after the line was batched. Off: 400."""

    report_available: Literal["yes", "forbidden", "missing"] = "yes"
    """Known: reports need the role System > API Reports. Not known: the refusal, 403 or 404."""

    report_last_update_is_lines: bool = True
    """Not known: whether Last_Update of PurchaseOrderWithLineItems is the line's (on) or the header's (off)."""

    report_links: bool = True
    """Not known: whether reports send a Link header."""
