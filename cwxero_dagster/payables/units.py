"""Bill units of one PO: which part of it becomes one bill, under which key, in which cycle.

What belongs here: a PO's units where a bill is a PO or a delivery, and the quantity that each may take. What does not:
vendor invoices, and units of all POs together (due), the arithmetic of quantities (allocation), grouping receipts
(deliveries), what a bill looks like (composing). Every unit takes quantity that no other bill holds (DESIGN.md,
"Allocation").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from cwxero_dagster.payables import allocation, carrying, cutover, keys, told
from cwxero_dagster.payables.bills import FREIGHT_LINE, Slice
from cwxero_dagster.payables.books import FINAL, Books
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.deliveries import Delivery, deliveries_of, freight_day, receipts_in
from cwxero_dagster.payables.documents import approved_costs, unit_costs_of
from cwxero_dagster.payables.invoice_bills import InvoiceBills
from cwxero_dagster.payables.invoices import VendorInvoice, written_invoice
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.lifecycle import Decision
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.order_invoices import OrderInvoices
from cwxero_dagster.payables.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder, Receipt
from cwxero_dagster.payables.states import RECEIVED, PurchaseOrderState, cancelled_quantity, ordered_quantity


@dataclass(frozen=True)
class Unit:
    """What becomes one bill."""

    key: str
    pos: tuple[PurchaseOrder, ...]
    """The POs that it bills, by id; slices and receipts say which of them they are of."""
    slices: tuple[Slice, ...]
    due_on: date
    cycle: str
    receipts: tuple[Receipt, ...] = ()
    """The receipts that it bills, as far as they still stand."""
    unit_costs: Mapping[int, Decimal] = field(default_factory=dict)
    """Unit costs by line id that stand in for the present ones: a credit gives back what was billed."""
    invoice: VendorInvoice | None = None
    """The vendor invoice that it stands for; None: the one that the decision's source shows for its POs."""
    missing_invoice: str = ""
    """Why there is no vendor invoice where there has to be one; blank where there is, or need not be."""
    twice: str = ""
    """Why its vendor invoice seems to be two invoices; blank where it does not."""
    doubt: str = ""
    """Why the unit needs a person's look before it may go; blank for none."""


def billed_elsewhere(unit: Unit, purchasing: Purchasing, go_live: date) -> bool:
    """True where everything that the unit's POs received came before go-live."""
    return all(cutover.all_elsewhere(po, purchasing, go_live) for po in unit.pos)


def billable(po: PurchaseOrder, line: Line, decision: Decision) -> Decimal:
    """How much of a line may be billed: what was received; under ``raised: draft_bill`` ordered less cancelled."""
    if decision.events.raised != "draft_bill" or not line.present:
        return line.received
    return max(ordered_quantity(line) - cancelled_quantity(po, line), line.received, key=abs)


class OrderUnits:
    """The units of one PO; of a bill over several POs, the part that bills this one."""

    def __init__(
        self,
        po_id: int,
        purchasing: Purchasing,
        agreement: Agreement,
        ledger: LedgerView,
        books: Books,
        invoices: InvoiceBills,
    ) -> None:
        self._po = purchasing.pos[po_id]
        self._state: PurchaseOrderState = purchasing.states[po_id]
        self._purchasing = purchasing
        self._agreement = agreement
        self._books = books
        self._invoices = invoices
        known = [_part_of(bill, po_id) for bill in ledger.bills_of(po_id)]
        self._used = set(ledger.keys_of(po_id))
        self._used |= {key for bill in known if keys.is_invoice(bill.key) for key in invoices.under(bill.key)}
        self._pending = [bill for bill in known if keys.is_credit(bill.key) and not _has_given_back(bill, books)]
        self._bills = [bill for bill in known if bill not in self._pending]
        self._final = {bill.key for bill in self._bills if _is_final(bill, books)}
        self._closed = self._final | {bill.key for bill in self._bills if _is_closed(bill, books)}
        first = self._bills[0] if self._bills else None
        self._decision = agreement.decision_for(first)
        self._lines = [line for line in purchasing.lines.get(po_id, ()) if line.present]
        self._by_id = {line.line_id: line for line in purchasing.lines.get(po_id, ())}
        self._carriers = carrying.Carriers(agreement.seeds.landed_costs)
        self._receipts = standing(purchasing.receipts.get(po_id, ()))
        self._there = {line.line_id: billable(self._po, line, self._decision) for line in self._lines}
        self._there[FREIGHT_LINE] = rounded(self._po.freight)
        self._elsewhere = self._billed_before()
        self._back = allocation.given_back(po_id, self._bills, self._there, self._elsewhere, final=self._final)

    def units(self) -> list[Unit]:
        """Units of bills that are known, then new ones; each takes quantity once."""
        free = self._free()
        loads: dict[int | None, list[Slice]] = {}
        if self._agreement.decision.freight.bill == "carrier":
            free, loads = carrying.shared_out(free, self._po, self._by_id, self._carriers)
        standing_units = [unit for bill in self._bills if (unit := self._standing(bill)) is not None]
        known = {unit.key: unit for unit in standing_units if not keys.is_carrier(unit.key)}
        carried = {unit.key: unit for unit in standing_units if keys.is_carrier(unit.key)}
        fresh: list[Unit] = []
        self._bill(free, known, fresh)
        for carrier, load in loads.items():
            self._carry(carrier, load, carried, fresh)
        return [unit for unit in [*known.values(), *carried.values(), *fresh, *self._credits()] if unit.slices]

    def _bill(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        """Put what no bill holds on bills that are known, or on fresh ones."""
        if self._by_delivery:
            self._deliver(free, known, fresh)
        elif self._due_as_a_whole:
            self._bill_whole(free, known, fresh)

    # --- what there is ------------------------------------------------------------------------------------------

    @property
    def _by_delivery(self) -> bool:
        return self._agreement.decision.bill.one_per == "receipt"

    @property
    def _due_as_a_whole(self) -> bool:
        events = self._decision.events
        state = self._state.state
        if events.raised == "draft_bill":
            before = self._po.po_date is not None and self._po.po_date < self._decision.go_live
            return state in {"raised", "partially_received", "fully_received"} and not before
        if events.vendor_invoice_received == "draft_bill" and state in RECEIVED and self._numbers:
            return True
        if state == "partially_received":
            return events.partially_received == "draft_bill"
        due = events.fully_received == "draft_bill" or bool(self._bills)
        return state == "fully_received" and due

    @cached_property
    def _shows(self) -> OrderInvoices:
        """The vendor invoices that the PO shows."""
        po_id = self._po.po_id
        lines, receipts = self._purchasing.lines.get(po_id, ()), self._purchasing.receipts.get(po_id, ())
        return OrderInvoices(self._po, lines, receipts, self._receipts, self._agreement.seeds.vendor_invoices)

    @property
    def _numbers(self) -> list[VendorInvoice]:
        return self._shows.by_source(self._decision.vendor_invoice_from)

    def _billed_before(self) -> dict[int, Decimal]:
        go_live = self._decision.go_live
        if cutover.all_elsewhere(self._po, self._purchasing, go_live):
            return {}
        return cutover.elsewhere(self._po, self._purchasing, go_live)

    def _free(self) -> tuple[Slice, ...]:
        """What may be billed and no bill holds, freight included."""
        slices: list[Slice] = []
        for line in sorted(self._lines, key=lambda item: (item.line_number or 0, item.line_id)):
            slices += self._free_of(line.line_id)
        return (*slices, *self._free_of(FREIGHT_LINE))

    def _free_of(self, line_id: int) -> tuple[Slice, ...]:
        """What of a line is free; of a charge that became a refund, nothing before the charge is given back."""
        if allocation.opposed(self._po.po_id, line_id, self._bills, self._there[line_id]):
            return ()
        held = allocation.stretches(self._po.po_id, line_id, self._bills)
        before = abs(self._elsewhere.get(line_id, ZERO))
        held = allocation.joined(held, (ZERO, before)) if before else held
        return allocation.free_slices(self._po.po_id, line_id, held, self._there[line_id])

    # --- known bills --------------------------------------------------------------------------------------------

    def _standing(self, bill: KnownBill) -> Unit | None:
        """The unit of a known bill: what it bills, less what it has to give back; None where it is no longer due."""
        back = {} if self._credited(bill) else self._back.get(bill.key, {})
        slices = allocation.shortened(bill.slices, back)
        if self._invoices.leaves(bill.key, self._po.po_id):
            return None
        if keys.is_carrier(bill.key) and not keys.is_credit(bill.key):
            return self._standing_carrier(bill, slices)
        whole = not keys.steps(bill.key) or keys.steps(bill.key)[-1][0] == "g"
        if (
            back
            and bill.key not in self._final
            and whole
            and not keys.is_delivery(bill.key)
            and not keys.is_invoice(bill.key)
            and not self._due_as_a_whole
        ):
            return None
        if keys.is_credit(bill.key):
            day = date.fromisoformat(bill.written["date"]) if bill.written else self._reversed_on()
            costs = unit_costs_of(bill.written) if bill.written else self._approved_costs(bill)
            return self._unit(bill.key, slices, bill.cycle, due_on=day, unit_costs=costs)
        return replace(self._unit(bill.key, slices, bill.cycle), invoice=self._invoice_of(bill))

    def _invoice_of(self, bill: KnownBill) -> VendorInvoice | None:
        """The vendor invoice of a known bill; None: what its PO shows (a bill that takes all of a PO follows that)."""
        if keys.is_invoice(bill.key):
            return self._invoices.invoice_of(bill.key)
        whole = not (keys.is_delivery(bill.key) or bill.key in self._closed)
        follows = whole or written_invoice(bill.meant) is None
        follows = follows or self._agreement.decision_for(bill).vendor_invoice_from != "header"
        return None if follows else self.shown(bill)

    def shown(self, bill: KnownBill) -> VendorInvoice:
        """The vendor invoice that the PO shows now for its goods on a bill."""
        return self._shows.shown(
            bill,
            self._bills,
            source=self._agreement.decision_for(bill).vendor_invoice_from,
            closed=self._closed,
            waits=any(part.line_id != FREIGHT_LINE for part in self._free()),
        )

    def _unit(
        self,
        key: str,
        slices: Sequence[Slice],
        cycle: str,
        *,
        due_on: date | None = None,
        unit_costs: Mapping[int, Decimal] | None = None,
    ) -> Unit:
        receipts = receipts_in(slices, self._receipts)
        last = max((receipt.received_on for receipt in receipts), default=None)
        day = due_on or self._state.fully_received_on or last or self._po.po_date or self._seen_on()
        return Unit(key, (self._po,), tuple(slices), day, cycle, tuple(receipts), dict(unit_costs or {}))

    def _seen_on(self) -> date:
        return day_of(self._po.observed_at, self._purchasing.zone)

    def _extended(self, unit: Unit, more: Sequence[Slice]) -> Unit:
        slices = tuple(allocation.adjoined([*unit.slices, *more]))
        return replace(unit, slices=slices, receipts=tuple(receipts_in(slices, self._receipts)))

    def _may_grow(self, key: str) -> bool:
        """A bill takes more only while nobody approved it and no credit or supplement came after it."""
        if keys.is_invoice(key):
            return self._invoices.may_grow(key)
        carrier = keys.is_carrier(key)
        later = {
            bill.key for bill in self._bills if bill.key.startswith(f"{key}/") and keys.is_carrier(bill.key) == carrier
        }
        return key not in self._closed and not later

    # --- one bill a purchase order ------------------------------------------------------------------------------

    def _bill_whole(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        if not free:
            return
        bases = [key for key in known if not (keys.is_credit(key) or keys.is_supplement(key) or keys.is_invoice(key))]
        wholes = [key for key in bases if not keys.is_delivery(key)]
        growing = [key for key in wholes if self._may_grow(key)]
        if growing:
            known[growing[-1]] = self._extended(known[growing[-1]], free)
        elif bases:
            fresh.append(self._supplement(bases[-1], free))
        else:
            due_on = self._whole_due_on()
            key = keys.po_key(self._po.po_id)
            key = keys.next_generation(key, self._used) if key in self._used else key
            fresh.append(self._unit(key, free, self._cycle_of(due_on), due_on=due_on))

    def _cycle_of(self, day: date) -> str:
        """The cycle of a day; goods that came before go-live and were seen later belong to the first one."""
        return cycle_of(max(day, self._first_day()), self._agreement.cycle_start_day)

    def _first_day(self) -> date:
        if cutover.all_elsewhere(self._po, self._purchasing, self._decision.go_live):
            return date.min
        return self._decision.go_live

    def _whole_due_on(self) -> date:
        events = self._decision.events
        if events.raised == "draft_bill":
            return self._po.po_date or self._seen_on()
        if events.vendor_invoice_received == "draft_bill" and events.fully_received == "nothing":
            return self._invoiced_on(
                self._receipts, max((one.dated for one in self._numbers if one.dated), default=None)
            )
        return self._state.fully_received_on or self._state.last_received_on or self._seen_on()

    def _invoiced_on(self, receipts: Sequence[Receipt], dated: date | None) -> date:
        """The later of the last receipt and the vendor invoice date."""
        days = [receipt.received_on for receipt in receipts]
        return max([*days, dated] if dated else days, default=self._seen_on())

    def _supplement(self, key: str, slices: Sequence[Slice]) -> Unit:
        """More of a bill that is final: a bill of its own, in the cycle in which its cause was seen."""
        base = key.split("/s:")[0]
        seen = [day_of(r.observed_at, self._purchasing.zone) for r in receipts_in(slices, self._receipts)]
        cycle = cycle_of(max(seen, default=self._seen_on()), self._agreement.cycle_start_day)
        went_back = any(self._back.get(final, {}).keys() - {FREIGHT_LINE} for final in self._final)
        more_goods = any(part.line_id != FREIGHT_LINE for part in slices)
        doubt = ""
        if went_back and more_goods and self._agreement.decision.events.reversed != "draft_credit_note":
            doubt = (
                f"Goods of purchase order {self._po.po_number} that an approved bill covers are no longer received, "
                "and others are; they may be the same goods."
            )
        if not doubt and self._may_be_rebuilt(key, slices):
            doubt = (
                f"The ledger was rebuilt from Xero, where a bill of purchase order {self._po.po_number} covers less "
                "than had been received by then; the rest may have been taken off it on purpose."
            )
        if not doubt and self._back_without_credit(base, slices):
            doubt = (
                f"Goods of purchase order {self._po.po_number} went back, a person settled their credit, and goods "
                "came again; they may be a replacement for which nothing is owed."
            )
        more = self._invoices.supplement(base) if keys.is_invoice(base) else keys.next_supplement(base, self._used)
        return replace(self._unit(self._issued(more), slices, cycle), doubt=doubt)

    def _may_be_rebuilt(self, key: str, slices: Sequence[Slice]) -> bool:
        """True for goods that were there when staging began, beside a bill that is known from Xero alone."""
        began = self._purchasing.first_staged_at
        rebuilt = any(bill.key == key and not bill.policy_digest and bill.xero_id for bill in self._bills)
        early = [r for r in receipts_in(slices, self._receipts) if began is None or r.observed_at <= began]
        return rebuilt and bool(early)

    def _back_without_credit(self, base: str, slices: Sequence[Slice]) -> bool:
        """True for goods of a line that went back, where a person said that no credit is made for them."""
        lines = {part.line_id for part in slices}
        settled = [bill for bill in self._bills if keys.is_credit(bill.key) and bill.state == "settled"]
        credited = {part.line_id for bill in settled if bill.key.startswith(f"{base}/") for part in bill.slices}
        return not lines.isdisjoint(credited)

    def _issued(self, key: str) -> str:
        """A key that no other unit of this run gets."""
        self._used.add(key)
        return key

    # --- one bill a delivery ------------------------------------------------------------------------------------

    def _deliver(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        for delivery in deliveries_of(free, self._receipts, self._po, complete=self._state.state == "fully_received"):
            own = [key for key in known if not (keys.is_credit(key) or keys.is_invoice(key))]
            same = [key for key in own if _bills(known[key], delivery)]
            growing = [key for key in same if self._may_grow(key)]
            if growing:
                known[growing[-1]] = self._extended(known[growing[-1]], delivery.slices)
            elif same:
                fresh.append(self._supplement(same[0], delivery.slices))
            elif delivery.day is not None:
                key = self._issued(keys.next_delivery(self._po.po_id, self._used))
                fresh.append(self._unit(key, delivery.slices, self._cycle_of(delivery.day), due_on=delivery.day))
            else:
                self._freight_alone(delivery, known, fresh)

    def _freight_alone(self, delivery: Delivery, known: dict[str, Unit], fresh: list[Unit]) -> None:
        """Freight that came after its goods were billed goes on their last bill, or supplements it."""
        if fresh:
            fresh[-1] = self._extended(fresh[-1], delivery.slices)
            return
        bases = [key for key in known if not keys.is_credit(key)]
        growing = [key for key in bases if self._may_grow(key)]
        if growing:
            known[growing[-1]] = self._extended(known[growing[-1]], delivery.slices)
        elif bases:
            fresh.append(self._supplement(bases[-1], delivery.slices))

    # --- a carrier's own bill -----------------------------------------------------------------------------------

    def _carry(self, carrier: int | None, load: Sequence[Slice], carried: dict[str, Unit], fresh: list[Unit]) -> None:
        """What is due of a carrier's load goes on the carrier's bill, or supplements it."""
        due = [part for part in load if self._carried_on(part) is not None]
        bases = [
            key
            for key, unit in carried.items()
            if not (keys.is_credit(key) or keys.is_supplement(key)) and self._carrier_of(unit.slices) == carrier
        ]
        growing = [key for key in bases if self._may_grow(key)]
        if not due:
            return
        if growing:
            carried[growing[-1]] = self._extended(carried[growing[-1]], due)
        elif bases:
            fresh.append(self._supplement(bases[-1], due))
        else:
            day = max(day for part in due if (day := self._carried_on(part)))
            live = [*carried, *(unit.key for unit in fresh)]
            key = self._issued(keys.next_carrier(self._po.po_id, live, self._used))
            fresh.append(self._unit(key, due, self._cycle_of(day), due_on=day))

    def _standing_carrier(self, bill: KnownBill, slices: Sequence[Slice]) -> Unit | None:
        """The unit of a known carrier's bill: a draft loses what is no longer due."""
        days = {part: self._carried_on(part) for part in slices}
        stays = bill.key in self._closed or keys.is_supplement(bill.key)
        kept = [part for part in slices if stays or days[part]]
        if not kept:
            return None
        day = max((day for part in kept if (day := days[part])), default=None)
        return self._unit(bill.key, kept, bill.cycle, due_on=None if keys.is_supplement(bill.key) else day)

    def _carrier_of(self, slices: Sequence[Slice]) -> int | None:
        return carrying.carrier_of(slices, self._po, self._by_id, self._carriers)

    def _carried_on(self, part: Slice) -> date | None:
        """The day on which a carrier's part is due: freight when it would be due with the goods."""
        if self._agreement.decision.bill.one_per == "purchase_order":
            return self._whole_due_on() if self._due_as_a_whole else None
        if part.line_id == FREIGHT_LINE:
            return freight_day(self._receipts, self._po, complete=self._state.state == "fully_received")
        return max((receipt.received_on for receipt in receipts_in([part], self._receipts)), default=None)

    # --- goods that went back -----------------------------------------------------------------------------------

    def _credited(self, bill: KnownBill) -> bool:
        """True where a credit says what a bill has to give back: then the bill itself stays what it was."""
        return self._agreement.decision.events.reversed == "draft_credit_note" and bill.key in self._final

    def _credits(self) -> list[Unit]:
        """Under ``reversed: draft_credit_note``: one credit for exactly what a final bill has to give back."""
        units = []
        cycle = cycle_of(self._reversed_on(), self._agreement.cycle_start_day)
        for bill in self._bills:
            back = self._back.get(bill.key)
            if back and self._credited(bill):
                slices = allocation.returned(allocation.standing_slices(bill, self._bills), back)
                waiting = [one.key for one in self._pending if keys.credited_key(one.key) == bill.key]
                key = waiting[0] if waiting else self._issued(keys.next_credit(bill.key, self._used))
                costs = self._approved_costs(bill)
                credit = self._unit(key, slices, cycle, due_on=self._reversed_on(), unit_costs=costs)
                doubt = "" if bill.written else told.unpriced(slices, costs, self._by_id)
                units.append(replace(credit, doubt=doubt))
        return units

    def _approved_costs(self, bill: KnownBill) -> dict[int, Decimal]:
        document = self._books.by_id.get((bill.xero_id or "").lower())
        if bill.written is None:
            return told.unit_costs(document, self._po, bill.slices, self._by_id)
        return approved_costs(bill.written, bill.base, document)

    def _reversed_on(self) -> date:
        reversals = [r for r in self._purchasing.receipts.get(self._po.po_id, ()) if r.reversal]
        days = [day_of(receipt.observed_at, self._purchasing.zone) for receipt in reversals]
        return max(days, default=self._seen_on())


def _part_of(bill: KnownBill, po_id: int) -> KnownBill:
    """The part of a bill that bills one PO."""
    return replace(bill, slices=tuple(part for part in bill.slices if part.po_id == po_id))


def _has_given_back(credit: KnownBill, books: Books) -> bool:
    """True where Xero confirmed the credit and nobody removed it since, and where a person settled it: it is done."""
    document = books.by_id.get((credit.xero_id or "").lower())
    return credit.state == "settled" or (credit.state == "confirmed" and (document is None or document.live))


def _is_closed(bill: KnownBill, books: Books) -> bool:
    """True for a bill that a person settled, or whose document was removed: it takes nothing more."""
    document = books.by_id.get((bill.xero_id or "").lower())
    return bill.state == "settled" or (document is not None and not document.live)


def _is_final(bill: KnownBill, books: Books) -> bool:
    document = books.by_id.get((bill.xero_id or "").lower())
    return document is not None and document.status in FINAL


def _bills(unit: Unit, delivery: Delivery) -> bool:
    """True where a bill holds receipts of the same delivery."""
    return delivery.day is not None and any(delivery.holds(receipt) for receipt in unit.receipts)
