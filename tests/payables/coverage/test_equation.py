"""For one purchase order: everything that was ordered, and where it went, in quantity and money."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwxero_dagster.payables.coverage.equation import BilledPart, Coverage, added_up, coverage_by_line
from cwxero_dagster.payables.records import Line, PurchaseOrder
from cwxero_dagster.payables.slices import Slice

D = Decimal
SEEN = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


def po(**fields_):
    given_ = {
        "po_id": 7, "po_number": "PO-7", "po_date": date(2026, 5, 1), "closed": False, "present": True,
        "observed_at": SEEN, "drop_ship": False, "tax_freight": False, "freight_cost": None,
    }  # fmt: skip
    return _record(PurchaseOrder, {**given_, **fields_})


def line(line_id=1, *, quantity="10", received="0", cost="3.00", **fields_):
    given_ = {
        "line_id": line_id, "po_id": 7, "quantity": D(quantity), "unit_cost": D(cost), "received_quantity": D(received),
        "closed": False, "cancelled": False, "batched": False, "present": True, "observed_at": SEEN,
    }  # fmt: skip
    return _record(Line, {**given_, **fields_})


def _record(kind, values):
    return kind(**{field.name: values.get(field.name) for field in fields(kind)})


def bill(*parts, net, costs=None):
    slices = tuple(Slice(7, line_id, D(start), D(end)) for line_id, start, end in parts)
    return BilledPart(slices, D(net), {key: D(value) for key, value in (costs or {}).items()})


def coverage_of(*order, **more):
    return added_up(coverage_by_line(*order, **more).values())


def figures(coverage):
    """Only what is not zero, as text, so that a test reads like a statement."""
    shown = {field.name: getattr(coverage, field.name) for field in fields(Coverage)}
    return {name: (f"{one.quantity:f}", f"{one.amount:f}") for name, one in shown.items() if one.quantity or one.amount}


def test_nothing_arrived_yet_is_open():
    assert figures(coverage_of(po(), [line()])) == {"ordered": ("10", "30.00"), "open": ("10", "30.00")}


def test_everything_arrived_and_nothing_is_billed():
    found = coverage_of(po(), [line(received="10")])
    assert figures(found) == {"ordered": ("10", "30.00"), "received_not_billed": ("10", "30.00")}


def test_a_bill_covers_what_it_holds():
    found = coverage_of(po(), [line(received="10")], billed=[bill((1, "0", "10"), net="30.00")])
    assert figures(found) == {"ordered": ("10", "30.00"), "billed": ("10", "30.00")}


def test_the_rest_of_a_closed_order_is_cancelled():
    found = coverage_of(po(closed=True), [line(received="6")], billed=[bill((1, "0", "6"), net="18.00")])
    assert figures(found) == {"ordered": ("10", "30.00"), "billed": ("6", "18.00"), "cancelled": ("4", "12.00")}


def test_more_arrived_than_was_ordered():
    found = coverage_of(po(), [line(received="12")])
    assert figures(found) == {
        "ordered": ("10", "30.00"),
        "over_received": ("2", "6.00"),
        "received_not_billed": ("12", "36.00"),
    }


def test_a_price_that_rose_after_the_order_is_a_price_difference():
    found = coverage_of(po(), [line(received="10", cost="3.50")], ordered_costs={1: D("3.00")})
    assert figures(found) == {
        "ordered": ("10", "30.00"),
        "price_difference": ("0", "5.00"),
        "received_not_billed": ("10", "35.00"),
    }


def test_a_price_that_a_person_changed_in_xero_is_a_price_difference():
    found = coverage_of(po(), [line(received="10")], billed=[bill((1, "0", "10"), net="31.50")])
    assert figures(found) == {
        "ordered": ("10", "30.00"),
        "price_difference": ("0", "1.50"),
        "billed": ("10", "31.50"),
    }


def test_goods_that_went_back_after_their_bill_are_to_be_credited():
    found = coverage_of(po(), [line(received="6")], billed=[bill((1, "0", "10"), net="30.00", costs={1: "3.00"})])
    assert figures(found) == {
        "ordered": ("10", "30.00"),
        "billed": ("10", "30.00"),
        "to_credit": ("4", "12.00"),
        "open": ("4", "12.00"),
    }


def test_a_credit_is_owed_at_the_price_that_was_billed():
    held = bill((1, "0", "10"), net="30.00", costs={1: "3.00"})
    found = coverage_of(po(), [line(received="6", quantity="6", cost="5.00")], billed=[held])
    assert found.to_credit.amount == D("12.00")
    assert found.difference.amount == 0
    assert found.difference.quantity == 0


def test_a_deleted_line_leaves_its_bill_to_be_credited():
    found = coverage_of(po(), [line(received="10", present=False)], billed=[bill((1, "0", "10"), net="30.00")])
    assert figures(found) == {"billed": ("10", "30.00"), "to_credit": ("10", "30.00")}


def test_what_was_billed_elsewhere_is_neither_owed_nor_open():
    found = coverage_of(po(), [line(received="10")], elsewhere={1: D(4)}, billed=[bill((1, "4", "10"), net="18.00")])
    assert figures(found) == {
        "ordered": ("10", "30.00"),
        "billed": ("6", "18.00"),
        "billed_elsewhere": ("4", "12.00"),
    }


def test_freight_has_money_and_no_quantity():
    order = po(freight_cost=D("15.00"))
    assert figures(coverage_of(order, [line()]))["open"] == ("10", "45.00")
    assert figures(coverage_of(order, [line(received="10")]))["received_not_billed"] == ("10", "45.00")
    billed = coverage_of(order, [line(received="10")], billed=[bill((1, "0", "10"), (0, "0", "15"), net="45.00")])
    assert figures(billed) == {"ordered": ("10", "45.00"), "billed": ("10", "45.00")}
    assert figures(coverage_of(replace(order, closed=True), [line()]))["cancelled"] == ("10", "45.00")


@pytest.mark.parametrize(
    ("freight", "expected"),
    [
        ("20.00", {"ordered": ("10", "50.00"), "billed": ("10", "45.00"), "received_not_billed": ("0", "5.00")}),
        ("9.00", {"ordered": ("10", "39.00"), "billed": ("10", "45.00"), "to_credit": ("0", "6.00")}),
    ],
)
def test_freight_that_changed_after_its_bill_waits_or_is_to_credit(freight, expected):
    billed = [bill((1, "0", "10"), (0, "0", "15"), net="45.00")]
    assert figures(coverage_of(po(freight_cost=D(freight)), [line(received="10")], billed=billed)) == expected


@pytest.mark.parametrize(
    ("closed", "ahead", "place"),
    [(True, "0", "cancelled"), (False, "0", "cancelled"), (False, "12.34", "received_not_billed")],
)
def test_more_freight_of_an_order_without_goods_waits_only_where_it_is_owed_ahead(closed, ahead, place):
    order = po(freight_cost=D("12.34"), closed=closed)
    billed = [bill((0, "0", "0.50"), net="0.50")]
    assert figures(coverage_of(order, [], billed=billed, billable={0: D(ahead)})) == {
        "ordered": ("0", "12.34"),
        "billed": ("0", "0.50"),
        place: ("0", "11.84"),
    }


def test_a_supplier_credit_is_negative_money():
    order = [line(quantity="1", received="1", cost="-80.00")]
    found = coverage_of(po(), order, billed=[bill((1, "0", "1"), net="-80.00")])
    assert figures(found) == {"ordered": ("1", "-80.00"), "billed": ("1", "-80.00")}


def test_lines_of_words_do_not_count_beside_goods():
    words = line(2, quantity="1", cost="0")
    assert figures(coverage_of(po(), [line(received="10"), words])) == {
        "ordered": ("10", "30.00"),
        "received_not_billed": ("10", "30.00"),
    }


def test_the_rest_of_a_cloned_line_is_ordered_by_its_clone():
    first = line(received="6", quantity="10", received_status="PartiallyReceiveCloneRest")
    clone = line(2, quantity="4")
    assert figures(coverage_of(po(), [first, clone])) == {
        "ordered": ("10", "30.00"),
        "received_not_billed": ("6", "18.00"),
        "open": ("4", "12.00"),
    }


def test_what_is_billed_before_it_arrives_is_not_open_any_more():
    held = bill((1, "0", "10"), net="30.00", costs={1: "3.00"})
    assert figures(coverage_of(po(), [line()], billed=[held], billable={1: D(10)})) == {
        "ordered": ("10", "30.00"),
        "billed": ("10", "30.00"),
    }
    assert figures(coverage_of(po(), [line()], billable={1: D(10)})) == {
        "ordered": ("10", "30.00"),
        "open": ("10", "30.00"),
    }


def test_what_is_kept_out_ahead_of_its_arrival_is_neither_open_nor_to_credit():
    held = bill((1, "0", "10"), net="30.00", costs={1: "3.00"})
    found = coverage_of(po(), [line(quantity="15")], billed=[held], elsewhere={1: D(5)}, billable={1: D(15)})
    assert figures(found) == {
        "ordered": ("15", "45.00"),
        "billed": ("10", "30.00"),
        "billed_elsewhere": ("5", "15.00"),
    }


def test_a_credit_gives_back_what_its_bill_holds_too_much():
    held = bill((1, "0", "10"), net="30.00", costs={1: "3.00"})
    credit = bill((1, "10", "6"), net="-12.00", costs={1: "3.00"})
    found = coverage_of(po(), [line(quantity="6", received="6")], billed=[held, credit])
    assert figures(found) == {"ordered": ("6", "18.00"), "billed": ("6", "18.00")}


costs = st.decimals(min_value="-50", max_value="500", places=4)
quantities = st.integers(min_value=0, max_value=40)


@st.composite
def orders(draw):
    lines, ordered, parts, costs_billed, elsewhere = [], {}, [], {}, {}
    for line_id in range(1, draw(st.integers(min_value=1, max_value=4)) + 1):
        lines.append(
            line(
                line_id,
                quantity=str(draw(quantities)),
                received=str(draw(quantities)),
                cost=str(draw(costs)),
                cancelled=draw(st.booleans()),
                present=draw(st.booleans()),
            )
        )
        if draw(st.booleans()):
            ordered[line_id] = draw(costs)
        if draw(st.booleans()):
            elsewhere[line_id] = D(draw(quantities))
        if draw(st.booleans()):
            parts.append((line_id, "0", str(draw(quantities))))
            costs_billed[line_id] = draw(costs)
    net = draw(st.decimals(min_value="-9999", max_value="9999", places=2))
    held = [bill(*parts, net=net, costs=costs_billed)] if parts else []
    order = po(closed=draw(st.booleans()), freight_cost=draw(st.decimals(min_value="0", max_value="90", places=2)))
    return order, lines, held, elsewhere, ordered


@settings(max_examples=200, deadline=None, derandomize=True)
@given(orders())
def test_the_equation_holds_in_quantity_and_to_the_cent(world):
    order, lines, held, elsewhere, ordered = world
    found = coverage_of(order, lines, billed=held, elsewhere=elsewhere, ordered_costs=ordered)
    assert found.difference.quantity == 0
    assert found.difference.amount == 0
    assert found.price_difference.quantity == 0
    assert all(
        getattr(found, field.name).amount == round(getattr(found, field.name).amount, 2) for field in fields(Coverage)
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(orders())
def test_the_price_difference_is_what_prices_say_and_cents_of_rounding(world):
    """Worked out a second way, from unit costs alone: nothing else may hide in the price difference."""
    order, lines, held, elsewhere, ordered = world
    found = coverage_of(order, lines, billed=held, elsewhere=elsewhere, ordered_costs=ordered)
    expected = D(0)
    written = D(0)
    for one in lines:
        if one.line_id not in _counting(order, lines):
            continue
        then = ordered.get(one.line_id, one.unit_cost)
        taken = sum((p.quantity for b in held for p in b.slices if p.line_id == one.line_id), D(0))
        billed_at = next((b.unit_costs[one.line_id] for b in held if one.line_id in b.unit_costs), one.unit_cost)
        received = one.received if order.present else D(0)
        kept = min(elsewhere.get(one.line_id, D(0)), received)
        covered = min(taken, received - kept)
        expected += covered * (billed_at - then) + (received - covered) * (one.unit_cost - then)
        written += taken * billed_at
    if held:
        expected += held[0].net - written
    assert abs(found.price_difference.amount - expected) <= D("0.05") * len(lines)


def _counting(order, lines):
    there = [one for one in lines if one.present and order.present]
    words = {one.line_id for one in there if not one.unit_cost} if any(one.unit_cost for one in there) else set()
    return {one.line_id for one in lines} - words


def test_a_different_answer_is_noticed():
    broken = replace(coverage_of(po(), [line()]), open=Coverage().open)
    assert broken.difference.quantity == 10
    assert broken.difference.amount == pytest.approx(D("30.00"))
