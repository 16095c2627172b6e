"""Bill units of one PO: which part of it becomes one bill, under which key, in which cycle.

What belongs here: a PO's units where a bill is a PO or a delivery. What does not: vendor invoices, and units of all POs
together (due), bills of carriers and credits (order_carriers, order_credits), how much there is to bill (order_goods),
what is asked about it (order_doubts), grouping receipts (deliveries), what a bill looks like (composing). Every unit
takes quantity that no other bill holds (DESIGN.md, "Allocation").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from cwxero_dagster.payables import keys
from cwxero_dagster.payables.books import Books
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.documents import unit_costs_of
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.receipts import standing
from cwxero_dagster.payables.records import Receipt
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.states import PurchaseOrderState
from cwxero_dagster.payables.units import allocation
from cwxero_dagster.payables.units.deliveries import Delivery, came_again, deliveries_of, receipts_in
from cwxero_dagster.payables.units.feed_invoices import told_by_feed
from cwxero_dagster.payables.units.forming import Forming
from cwxero_dagster.payables.units.invoice_bills import InvoiceBills
from cwxero_dagster.payables.units.invoices import VendorInvoice, written_invoice
from cwxero_dagster.payables.units.order_bills import OrderBills
from cwxero_dagster.payables.units.order_carriers import OrderCarriers
from cwxero_dagster.payables.units.order_credits import OrderCredits
from cwxero_dagster.payables.units.order_doubts import OrderDoubts
from cwxero_dagster.payables.units.order_due import OrderDue
from cwxero_dagster.payables.units.order_goods import OrderGoods
from cwxero_dagster.payables.units.order_invoices import OrderInvoices
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.repricing import OrderPrices
from cwxero_dagster.payables.units.unit import Unit


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
        crediting: Collection[str] = (),
    ) -> None:
        """``crediting``: final bills whose missing goods a person wants credited."""
        self._po = purchasing.pos[po_id]
        self._state: PurchaseOrderState = purchasing.states[po_id]
        self._purchasing = purchasing
        self._agreement = agreement
        self._ledger, self._books = ledger, books
        self._invoices = invoices
        self._by_id = {line.line_id: line for line in purchasing.lines.get(po_id, ())}
        costs = {line_id: line.unit_cost for line_id, line in self._by_id.items()}
        self._known = OrderBills(po_id, ledger, books, invoices, costs, freight=rounded(self._po.freight))
        first = self._known.bills[0] if self._known.bills else None
        self._decision = agreement.decision_for(first)
        self._credits = OrderCredits(agreement, self._known, crediting)
        self._lines = [line for line in purchasing.lines.get(po_id, ()) if line.present]
        self._prices = OrderPrices(self._po, self._by_id, ledger, books)
        self._receipts = standing(purchasing.receipts.get(po_id, ()))
        self._goods = OrderGoods(po_id, purchasing, self._decision, ledger, books, self._known, self._credits)
        self._doubts = OrderDoubts(po_id, purchasing, ledger, books, self._known, self._goods)
        self._due = OrderDue(
            po_id,
            purchasing,
            agreement,
            self._decision,
            self._shows,
            self._receipts,
            billed_whole=any(keys.is_whole(bill.key) for bill in self._goods.bills),
        )
        self._form = Forming(self._po, self._state, self._receipts, self._due)
        rows = agreement.seeds.landed_costs
        self._carriers = OrderCarriers(self._po, self._by_id, rows, self._known, self._due, self._form)

    def units(self) -> list[Unit]:
        """Units of bills that are known, then new ones; each takes quantity once.

        Last come those that bill nothing any more: of a bill over several POs the part that is gone is asked about.
        """
        free = self._goods.free()
        loads: dict[int | None, list[Slice]] = {}
        if self._agreement.decision.freight.bill == "carrier":
            free, loads = self._carriers.shared_out(free)
        by_hand = not self._agreement.decision.events.creates_bills
        bills = [
            (bill, left)
            for bill, left in zip(self._known.bills, self._goods.bills, strict=True)
            if not (by_hand and bill.never_sent)
        ]
        standing_units = [unit for bill, left in bills if (unit := self._standing(bill, left)) is not None]
        standing_units = self._doubts.off_again(standing_units)
        known = {unit.key: unit for unit in standing_units if not keys.is_carrier(unit.key)}
        carried = {unit.key: unit for unit in standing_units if keys.is_carrier(unit.key)}
        fresh: list[Unit] = []
        self._bill(free, known, fresh)
        for carrier, load in loads.items():
            self._carriers.bill(carrier, load, carried, fresh, self._supplement, self._doubts.in_doubt)
        if by_hand:  # new documents belong to the decision in force, whatever that of the PO's earlier bills would make
            fresh = []
        fresh = [
            replace(
                unit, doubts=tuple(dict.fromkeys([*unit.doubts, *self._doubts.beside(unit.slices, self._known.bills)]))
            )
            for unit in fresh
        ]
        credited = self._credits.units(
            self._goods.bills,
            self._goods.back,
            self._goods.followed,
            lines=self._by_id,
            prices=self._prices,
            books=self._books,
            due=self._due,
            forming=self._form,
        )
        credited = [replace(unit, doubts=(*unit.doubts, *self._doubts.of_the_rest(unit.slices))) for unit in credited]
        found = [*known.values(), *carried.values(), *fresh, *credited]
        units = [unit for unit in found if unit.slices]
        if self._decision.vendor_invoice_from == "feed" and self._shows.rows:
            units = told_by_feed(units, self._shows.rows, self._goods.bills, self._by_id, in_parts=self._by_delivery)
        return [*units, *(unit for unit in found if unit.stands and not unit.slices)]

    def _put_on(self, key: str, slices: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        """More goods on a draft; what a person has to look at first comes on a document of its own, which waits."""
        if self._doubts.in_doubt(key, slices):
            fresh.append(self._supplement(key, slices))
        else:
            known[key] = self._form.extended(known[key], slices)

    def _bill(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        """Put what no bill holds on bills that are known, or on fresh ones."""
        if self._by_delivery:
            self._deliver(free, known, fresh)
        elif self._due.as_a_whole:
            self._bill_whole(free, known, fresh)

    # --- what the decision says, and the PO shows ----------------------------------------------------------------

    @property
    def _by_delivery(self) -> bool:
        return self._agreement.decision.bill.one_per == "receipt"

    @cached_property
    def _shows(self) -> OrderInvoices:
        """The vendor invoices that the PO shows."""
        po_id = self._po.po_id
        lines, receipts = self._purchasing.lines.get(po_id, ()), self._purchasing.receipts.get(po_id, ())
        return OrderInvoices(self._po, lines, receipts, self._receipts, self._agreement.seeds.vendor_invoices)

    # --- known bills --------------------------------------------------------------------------------------------

    def _standing(self, bill: KnownBill, left: KnownBill) -> Unit | None:
        """The unit of a known bill: what it bills, less what it has to give back; None where it is no longer due.

        ``left``: the bill without what a person dealt with.
        """
        back = {} if self._credits.covers(bill) else self._goods.back.get(bill.key, {})
        stands = allocation.standing_slices(left, self._known.bills)
        slices = allocation.shortened(stands, back) if back else bill.slices
        if self._invoices.leaves(bill.key, self._po.po_id):
            return None
        dealt = allocation.beyond(bill.slices, left.slices)
        as_left = self._goods.as_left(bill, left, stands)
        prices = self._prices.shown(bill, allocation.shortened(as_left, self._goods.back.get(bill.key, {})))
        if keys.is_carrier(bill.key) and not keys.is_credit(bill.key):
            carried = self._carriers.standing(bill, slices, prices)
            return replace(carried, stands=stands, dealt=dealt, as_left=as_left) if carried else None
        whole = keys.is_whole(bill.key) and bill.key not in self._known.final
        freight_alone = all(part.line_id == FREIGHT_LINE for part in slices)
        if (back or freight_alone) and whole and not self._due.as_a_whole:
            return None
        if keys.is_credit(bill.key):
            day = date.fromisoformat(bill.written["date"]) if bill.written else self._due.reversed_on()
            costs = unit_costs_of(bill.written) if bill.written else self._prices.own(bill)
            return self._form.unit(bill.key, slices, bill.cycle, due_on=day, unit_costs=costs)
        unit = self._form.unit(bill.key, slices, bill.cycle, unit_costs=prices)
        return replace(unit, invoice=self._invoice_of(bill), stands=stands, dealt=dealt, as_left=as_left)

    def _invoice_of(self, bill: KnownBill) -> VendorInvoice | None:
        """The vendor invoice of a known bill; None: what its PO shows (a bill that takes all of a PO follows that)."""
        if keys.is_invoice(bill.key):
            return self._invoices.invoice_of(bill.key)
        takes_all = self._agreement.decision.bill.one_per == "purchase_order"
        whole = takes_all and not (keys.is_delivery(bill.key) or bill.key in self._known.closed)
        follows = whole or written_invoice(bill.meant) is None
        follows = follows or self._agreement.decision_for(bill).vendor_invoice_from != "header"
        return None if follows else self.shown(bill)

    def shown(self, bill: KnownBill) -> VendorInvoice:
        """The vendor invoice that the PO shows now for its goods on a bill."""
        return self._shows.shown(
            bill,
            self._goods.bills,
            source=self._agreement.decision_for(bill).vendor_invoice_from,
            closed=self._known.closed,
            waits=any(part.line_id != FREIGHT_LINE for part in self._goods.free()),
        )

    # --- one bill a purchase order ------------------------------------------------------------------------------

    def _bill_whole(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        if not free:
            return
        bases = [key for key in known if not (keys.is_credit(key) or keys.is_supplement(key) or keys.is_invoice(key))]
        wholes = [key for key in bases if not keys.is_delivery(key)]
        growing = [key for key in wholes if self._known.may_grow(key)]
        if growing:
            self._put_on(growing[-1], free, known, fresh)
        elif bases:
            fresh.append(self._supplement(bases[-1], free))
        else:
            due_on = self._due.whole_on()
            key = keys.po_key(self._po.po_id)
            key = keys.next_generation(key, self._known.used) if key in self._known.used else key
            fresh.append(self._form.unit(key, free, self._due.cycle_of(due_on), due_on=due_on))

    def _supplement(self, key: str, slices: Sequence[Slice]) -> Unit:
        """More of a bill that is final: a bill of its own, in the cycle in which its cause was seen."""
        base = key.split("/s:")[0]
        seen = [day_of(r.observed_at, self._purchasing.zone) for r in receipts_in(slices, self._receipts)]
        cycle = cycle_of(max(seen, default=self._due.seen_on()), self._agreement.cycle_start_day)
        more = (
            self._invoices.supplement(base) if keys.is_invoice(base) else keys.next_supplement(base, self._known.used)
        )
        return replace(
            self._form.unit(self._known.issued(more), slices, cycle), doubts=tuple(self._doubts.of_more(key, slices))
        )

    # --- one bill a delivery ------------------------------------------------------------------------------------

    def _deliver(self, free: Sequence[Slice], known: dict[str, Unit], fresh: list[Unit]) -> None:
        complete = self._state.state == "fully_received"
        for delivery in deliveries_of(free, self._receipts, self._po, self._goods.there, complete=complete):
            own = [key for key in known if not (keys.is_credit(key) or keys.is_invoice(key))]
            same = [key for key in own if self._bills_of(known[key], delivery)]
            growing = [key for key in same if self._known.may_grow(key)]
            if growing:
                self._put_on(growing[-1], delivery.slices, known, fresh)
            elif same:
                fresh.append(self._supplement(same[0], delivery.slices))
            elif delivery.day is not None:
                held = [bill for bill in self._known.bills if bill.key in own]
                again, new = came_again(delivery.slices, held)
                fresh += [self._supplement(key, slices) for key, slices in again.items()]
                if new:
                    key = self._known.issued(keys.next_delivery(self._po.po_id, self._known.used))
                    cycle = self._due.cycle_of(delivery.day)
                    fresh.append(self._form.unit(key, new, cycle, due_on=delivery.day))
            else:
                self._freight_alone(delivery, known, fresh)

    def _bills_of(self, unit: Unit, delivery: Delivery) -> bool:
        """True for the bill of a delivery: it held receipts of the same one when it was issued.

        What came later in the place of goods that went back does not make it the bill of another delivery.
        """
        bill = next((one for one in self._known.bills if one.key == unit.key), None)
        receipts: Sequence[Receipt] = unit.receipts
        if bill is not None and bill.issued_at is not None and not bill.rebuilt:
            seen = self._purchasing.receipts.get(self._po.po_id, ())
            then = standing([receipt for receipt in seen if receipt.observed_at <= bill.issued_at])
            receipts = receipts_in(bill.slices, then)
        return delivery.day is not None and any(delivery.holds(receipt) for receipt in receipts)

    def _freight_alone(self, delivery: Delivery, known: dict[str, Unit], fresh: list[Unit]) -> None:
        """Freight that came after its goods were billed goes on their last bill, or supplements it."""
        if fresh:
            fresh[-1] = self._form.extended(fresh[-1], delivery.slices)
            return
        bases = [key for key in known if not keys.is_credit(key)]
        growing = [key for key in bases if self._known.may_grow(key)]
        if growing:
            self._put_on(growing[-1], delivery.slices, known, fresh)
        elif bases:
            fresh.append(self._supplement(bases[-1], delivery.slices))
