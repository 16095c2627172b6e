"""The publish ledger as Xero's documents tell it: which bills there are, and which goods each of them covers.

What belongs here: working that out from the documents that carry a bill key, and the purchase orders that keys name.
What does not: reading either system, keeping the result (pipeline/rebuilding, warehouse/ledger).

Goods are allocated by what a bill's lines say. Where a line cannot be told, the bill takes everything of its purchase
orders that no other bill takes: goods that may have been billed are not billed again, and the difference in money shows
as a case (DESIGN.md, "A rebuilt ledger knows no base").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from cwxero_dagster.payables import keys, told
from cwxero_dagster.payables.bill_lines import FREIGHT_WORDS, printable_description
from cwxero_dagster.payables.books import FINAL, PURCHASE_ORDER, Books, Document, DocumentLine
from cwxero_dagster.payables.calendar import cycle_of, day_of
from cwxero_dagster.payables.composing.rounding_lines import line_held
from cwxero_dagster.payables.composing.twins import names
from cwxero_dagster.payables.ledger_view import KnownBill, LedgerView
from cwxero_dagster.payables.money import rounded
from cwxero_dagster.payables.numbering import credit_key_in
from cwxero_dagster.payables.records import ZERO, Line, PurchaseOrder
from cwxero_dagster.payables.slices import FREIGHT_LINE, Slice
from cwxero_dagster.payables.units import allocation, cutover
from cwxero_dagster.payables.units.purchasing import Agreement, Purchasing
from cwxero_dagster.payables.units.repricing import OrderPrices, changed_prices, written_prices
from cwxero_dagster.payables.units.unit import Unit
from cwxero_dagster.payables.units.unit_facts import unit_facts


@dataclass(frozen=True)
class Rebuilt:
    """A bill that the ledger is to know again."""

    known: KnownBill
    po_numbers: tuple[str, ...]
    unclear: tuple[str, ...]
    """Lines that could not be told; with any, the bill takes all goods that are left."""


def rebuilt(purchasing: Purchasing, agreement: Agreement, books: Books) -> list[Rebuilt]:
    """Every bill and credit that carries a key, in the order in which the ledger is to know them."""
    documents = _documents(books.documents)
    made: list[KnownBill] = []
    result: list[Rebuilt] = []
    for index, (key, document) in enumerate(documents.items()):
        pos = _purchase_orders(key, document, purchasing)
        replaced = not document.live and any(_replaces(other, key) for other in documents)
        allocating = _Allocating(key, document, pos, made, purchasing, agreement)
        slices, unclear = ((), ()) if replaced else allocating.slices()
        day = document.dated or day_of(purchasing.first_staged_at or datetime.now(UTC), purchasing.zone)
        known = KnownBill(
            key=key,
            document_type=document.document_type,
            cycle=cycle_of(max(day, agreement.decision.go_live), agreement.cycle_start_day),
            policy_digest="",
            state="withdrawn" if replaced else "confirmed",
            xero_id=document.document_id,
            po_ids=tuple(po.po_id for po in pos),
            slices=slices,
            facts="",
            written=None,
            base=None,
            issued_at=datetime.combine(day, time(), UTC) + timedelta(microseconds=index),
        )
        made += [] if replaced else [known]
        result.append(Rebuilt(known, tuple(po.po_number for po in pos), unclear))
    for index in reversed(range(len(result))):
        one = result[index]
        if one.unclear and not keys.is_credit(one.known.key):
            pos = [purchasing.pos[po_id] for po_id in one.known.po_ids]
            others = [other.known for other in result if other.known.state == "confirmed"]
            rest = _Allocating(one.known.key, documents[one.known.key], pos, others, purchasing, agreement).rest()
            result[index] = replace(one, known=replace(one.known, slices=(*one.known.slices, *rest)))
    bills = [one.known for one in result]
    return [replace(one, known=_with_facts(one.known, bills, purchasing, books)) for one in result]


def _documents(documents: Iterable[Document]) -> dict[str, Document]:
    """One document a key, oldest bills first and credits and supplements behind what they belong to.

    Of several with one key (a copy made in Xero) the approved one is taken for ours; nothing is written to any of them
    until a person has removed the others.
    """
    by_key: dict[str, list[Document]] = {}
    for document in documents:
        if document.key and document.document_type != PURCHASE_ORDER:
            by_key.setdefault(document.key, []).append(document)
    chosen = {key: min(group, key=_preference) for key, group in by_key.items()}

    def place(key: str) -> tuple[str, int, str, str]:
        day = chosen[key].dated
        return keys.stem(key), len(keys.steps(key)), day.isoformat() if day else "", key

    return {key: chosen[key] for key in sorted(chosen, key=place)}


def _preference(document: Document) -> tuple[bool, bool, str, str]:
    return not document.live, document.status not in FINAL, document.stamp, document.document_id


def _replaces(other: str, key: str) -> bool:
    """True where ``other`` is a later generation of the bill ``key``."""
    return _generation(other)[0] == _generation(key)[0] and _generation(other)[1] > _generation(key)[1]


def _generation(key: str) -> tuple[str, int]:
    steps = keys.steps(key)
    if steps and steps[-1][0] == "g":
        return key.rpartition("/g:")[0], steps[-1][1]
    return key, 0


def _purchase_orders(key: str, document: Document, purchasing: Purchasing) -> list[PurchaseOrder]:
    """The POs of a bill: the key names one; a vendor invoice's number and lines name them."""
    if not keys.is_invoice(key):
        po = purchasing.pos.get(int(keys.stem(key).removeprefix("po:")))
        return [po] if po else []
    vendor_id = int(keys.stem(key).removeprefix("vi:").split("/")[0])
    text = " ".join([document.number, *(line.description for line in document.lines)])
    own = [po for po in purchasing.pos.values() if po.vendor_id == vendor_id]
    return sorted((po for po in own if names(text, po.po_number)), key=lambda po: po.po_id)


class _Allocating:
    """Finding the goods of one document."""

    def __init__(
        self,
        key: str,
        document: Document,
        pos: Sequence[PurchaseOrder],
        made: Sequence[KnownBill],
        purchasing: Purchasing,
        agreement: Agreement,
    ) -> None:
        self._key, self._document, self._pos = key, document, pos
        self._made = list(made)
        self._purchasing, self._agreement = purchasing, agreement
        self._own: list[Slice] = []

    def slices(self) -> tuple[tuple[Slice, ...], tuple[str, ...]]:
        """The goods, and the lines that could not be told."""
        if keys.is_credit(self._key):
            return self._returned()
        unclear = []
        for held in self._document.lines:
            if self._no_goods(held) or self._price(held) or self._freight(held):
                continue
            line = self._line_of(held)
            if line is not None:
                self._take(line, told.quantity(held, line))
            elif held.unit_amount:
                unclear.append(held.description)
        return tuple(self._own), tuple(unclear)

    def _returned(self) -> tuple[tuple[Slice, ...], tuple[str, ...]]:
        """A credit gives back goods of the bill that its key names."""
        if any(self._price(held) for held in self._document.lines):
            return tuple(self._own), ()
        credited = [bill for bill in self._made if bill.key == keys.credited_key(self._key)]
        back: dict[int, Decimal] = {}
        unclear = []
        for held in self._document.lines:
            if self._no_goods(held):
                continue
            line = self._line_of(held)
            if self._freight_of(held):
                back[FREIGHT_LINE] = back.get(FREIGHT_LINE, ZERO) + abs(told.net(held))
            elif line is not None:
                back[line.line_id] = back.get(line.line_id, ZERO) + told.quantity(held, line)
            elif held.unit_amount:
                unclear.append(held.description)
        if not credited:
            return (), tuple(unclear)
        return allocation.returned(allocation.standing_slices(credited[0], self._made), back), tuple(unclear)

    def _price(self, held: DocumentLine) -> bool:
        """Note the change of price that a line bills, which holds no goods; True where it is one."""
        lines = [(line, po) for po in self._pos for line in self._purchasing.lines.get(po.po_id, ())]
        change = told.price_change(held, lines)
        if change is not None:
            self._own.append(Slice(change.line.po_id, change.line.line_id, change.quantity, change.quantity))
        return change is not None

    def _no_goods(self, held: DocumentLine) -> bool:
        """True for the line that names a credit's key, and for the rounding line."""
        rounding = line_held(self._document, self._agreement.decision.rounding.limit)
        return credit_key_in(held.description) is not None or held == rounding

    def _freight(self, held: DocumentLine) -> bool:
        """Take the freight that a line bills, in money; True where it is one."""
        po = self._freight_of(held)
        if po is not None:
            taken = allocation.stretches(po.po_id, FREIGHT_LINE, [*self._made, self._mine()])
            net = told.net(held)
            # A refund of freight is a negative line; a supplier credit shows every sign the other way round.
            refund = (net < 0) != (self._document.document_type == "ACCPAYCREDIT")
            amount = allocation.measure(taken) + abs(net)
            self._own += allocation.free_slices(po.po_id, FREIGHT_LINE, taken, -amount if refund else amount)
        return po is not None

    def _freight_of(self, held: DocumentLine) -> PurchaseOrder | None:
        said = held.description.casefold()
        for po in self._pos:
            words = f"{FREIGHT_WORDS} {printable_description(po.po_number)}".casefold()
            if said.removeprefix("more ").removeprefix("less ").partition(": ")[0] == words:
                return po
        return None

    def _line_of(self, held: DocumentLine) -> Line | None:
        """The PO line that a document's line bills: by its words, at its price where several have the same words."""
        candidates = [
            line
            for po in self._pos
            for line in sorted(
                self._purchasing.lines.get(po.po_id, ()), key=lambda one: (one.line_number or 0, one.line_id)
            )
            if told.says(held, line, po)
        ]
        priced = [line for line in candidates if told.at_the_price(held, line)] or candidates
        roomy = [line for line in priced if self._room(line) >= told.quantity(held, line)]
        return next(iter(roomy or priced), None)

    def _mine(self) -> KnownBill:
        return KnownBill(self._key, "", "", "", "", None, (), tuple(self._own), "", None, None)

    def _held(self, line: Line) -> list[allocation.Stretch]:
        held = allocation.stretches(line.po_id, line.line_id, [*self._made, self._mine()])
        po = self._purchasing.pos[line.po_id]
        go_live = self._agreement.decision.go_live
        if cutover.all_elsewhere(po, self._purchasing, go_live):
            return held
        before = abs(cutover.elsewhere(po, self._purchasing, go_live).get(line.line_id, ZERO))
        return allocation.joined(held, (ZERO, before)) if before else held

    def _room(self, line: Line) -> Decimal:
        return max(abs(line.received), abs(line.quantity)) - allocation.measure(self._held(line))

    def _take(self, line: Line, quantity: Decimal) -> None:
        held = self._held(line)
        sign = -1 if min(line.received, line.quantity) < 0 else 1
        there = sign * (allocation.measure(held) + quantity)
        self._own += allocation.free_slices(line.po_id, line.line_id, held, there)

    def rest(self) -> tuple[Slice, ...]:
        """Everything of the POs that was received and that no bill takes."""
        self._own = []
        for po in self._pos:
            for line in self._purchasing.lines.get(po.po_id, ()):
                self._own += allocation.free_slices(po.po_id, line.line_id, self._held(line), line.received)
            taken = allocation.stretches(po.po_id, FREIGHT_LINE, [*self._made, self._mine()])
            self._own += allocation.free_slices(po.po_id, FREIGHT_LINE, taken, rounded(po.freight))
        return tuple(self._own)


def _with_facts(known: KnownBill, bills: Iterable[KnownBill], purchasing: Purchasing, books: Books) -> KnownBill:
    """What ConnectWise says of the bill now stands for what it said then: a later change shows as one."""
    pos = tuple(purchasing.pos[po_id] for po_id in known.po_ids)
    if not pos or known.state != "confirmed":
        return known
    there = {line.line_id for po in pos for line in purchasing.lines.get(po.po_id, ())}
    slices = tuple(part for part in known.slices if part.line_id == FREIGHT_LINE or part.line_id in there)
    unit = Unit(known.key, pos, slices, pos[0].observed_at.date(), known.cycle)
    document = books.by_id.get((known.xero_id or "").lower())
    lines = [(line, po) for po in pos for line in purchasing.lines.get(po.po_id, ())]
    beside = {one.key: one for one in bills if one.state == "confirmed"}
    ledger = LedgerView(bills=beside)
    if known.reprices:
        unit = replace(unit, unit_costs=changed_prices(known, document, lines)[1])
    elif ledger.repricings(known.key) or keys.is_credit(known.key):
        costs: dict[int, Decimal] = {}
        stands = allocation.standing_slices(known, list(beside.values()))
        for po in pos:
            there_of = {line.line_id: line for line, of in lines if of.po_id == po.po_id}
            if keys.is_credit(known.key):
                costs |= written_prices(known, document, po, there_of)
            else:
                mine = [part for part in stands if part.po_id == po.po_id]
                costs |= OrderPrices(po, there_of, ledger, books).shown(known, mine)
        unit = replace(unit, unit_costs=costs)
    return replace(known, facts=unit_facts(unit, purchasing, books))
