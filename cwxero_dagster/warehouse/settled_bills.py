"""Bills that a person settled: closed in the ledger, and opened again when the settlement is taken back.

What belongs here: what a settlement does to a bill's row and its quantities. What does not: which settlements there are
(``payables.cases``), keeping them (``case_book``).
"""

from __future__ import annotations

import json
from datetime import datetime

from cwxero_dagster.payables.cases.grouping import HeldBill
from cwxero_dagster.warehouse.connection import Connection
from cwxero_dagster.warehouse.ledger_rows import allocate, insert_bill


def close_bill(connection: Connection, bill: HeldBill, *, at: datetime) -> None:
    """A person settled a bill: its key is taken and so are its goods, for good or until undone.

    One that Xero holds as a draft is withdrawn by the next sync; the goods are those that the person decided about.
    Of a change of price that was never sent, what it would have said is kept, so that a later change is told from it.
    """
    if bill.xero_id is not None:
        if bill.slices:
            allocate(connection, bill.key, bill.slices)
        return
    connection.execute("delete from ledger.bills where bill_key = ? and xero_id is null", [bill.key])
    insert_bill(connection, bill, "", "settled", organisation_id="", at=at)
    allocate(connection, bill.key, bill.slices)
    if bill.meaning is not None:
        said = json.dumps(bill.meaning)
        connection.execute("update ledger.bills set written = ? where bill_key = ?", [said, bill.key])


def open_bill_again(connection: Connection, key: str) -> None:
    """A settlement was taken back: the key and the goods are free as if it had never been.

    A bill whose draft was withdrawn on the settlement keeps its key: its goods get a new bill.
    """
    connection.execute(
        "update ledger.bills set state = 'withdrawn' where bill_key = ? and state = 'settled' and xero_id is not null",
        [key],
    )
    settled = "select bill_key from ledger.bills where bill_key = ? and state = 'settled'"
    connection.execute(f"delete from ledger.allocations where bill_key in ({settled})", [key])
    connection.execute("delete from ledger.bills where bill_key = ? and state = 'settled'", [key])
