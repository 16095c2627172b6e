"""What is not known about a real ConnectWise, as switches: the product has to hold with every one both ways.

What belongs here: one field for each fact that public material leaves open, with what is known. What does not: tenant
settings that ConnectWise itself publishes (automatic closing of lines and POs: ``/procurement/settings``), and faults.

Three open questions of connectwise_api.md, section 11, have no switch because nothing that the product calls shows the
answer: the second part of ``unpostedProductId``, whether a closed line of which nothing was received is emitted, and
whether a slip that is used again after batching is one transaction or two (7, 8 and 10) are about the accounting
interface; and whether a change of a line fires a callback (half of 3), because nothing listens to callbacks. A line's
``unitCost`` is a price for one unit, so a clone has the original's (part of 1).
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

    date_conditions: Literal["exact", "days_only", "days_behind", "refused"] = "exact"
    """Known: conditions with a moment work on the cloud; one self-hosted server finds nothing when the value has a
    time part, and nothing for ``>=`` today. Not known: which servers. ``days_only`` behaves like that one;
    ``days_behind`` does, too, and its today is still yesterday (a server in the west, as long as it is that day there);
    ``refused`` answers 400 to a time part."""

    clone_cuts_original_quantity: bool = True
    """Receiving with PartiallyReceiveCloneRest. Known: the rest moves to a new line. Not known: whether the quantity
    of the original line becomes what was received (on) or stays (off)."""

    clone_closes_original: bool = True
    """Not known: whether CloneRest closes the original line."""

    clone_marks_original_received: bool = True
    """Not known: whether receivedStatus of the original line then says FullyReceived (on) or stays
    PartiallyReceiveCloneRest (off)."""

    clone_tax: Literal["split", "kept", "repeated"] = "split"
    """Not known: whether the line's tax is shared out by quantity, stays on the original line (the clone has none), or
    stands on both. The header's ``salesTax`` counts what the lines show."""

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

    day_stamps: Literal["moment", "midnight", "server"] = "moment"
    """What ConnectWise itself puts into ``dateReceived`` and ``dateClosed``. Not known: its time zone. ``moment``: the
    moment in UTC. ``midnight``: the server's calendar day as midnight Z, as other dates come. ``server``: the server's
    clock, marked Z all the same; nobody can tell that from UTC, so near midnight the day is the neighbouring one."""

    line_patch_moves_header: bool = True
    """Known: receiving in the user interface moves the PO's lastUpdated. Not known: whether every change of a line
    does, the API's included. Off: no change of a line ever moves the header."""

    tax_is_per_unit: bool = False
    """Not known: whether a line's ``tax`` is for the line (off) or for one unit (on). Kept per line in both."""

    totals_include_cancelled: bool = False
    """Not known: whether the header's totals count cancelled lines. Off: what was received of them only."""

    totals_include_dropped_rest: bool = True
    """Not known: whether the header's totals count the rest that PartiallyReceiveCancelRest dropped of a line which is
    not marked cancelled. Off: what was received of it only."""

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

    report_shows_received: bool = True
    """Not known: the columns of PurchaseOrderWithLineItems today; the published list is of 2015. Off: Received_Qty and
    itemunitcost are not among them, and a request that names them is refused."""

    report_links: bool = True
    """Not known: whether reports send a Link header."""
