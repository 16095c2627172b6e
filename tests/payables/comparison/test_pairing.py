import time
from datetime import date, timedelta

import pytest
from payables.comparison.sides import compared, credit, d, found, freight, goods, ours, theirs

from cwxero_dagster.payables.comparison.knots import Group
from cwxero_dagster.payables.comparison.sums import Budget, parts_of

ELSEWHERE = {"vendor": "acme", "vendor_name": "Acme"}
FAR = {"dated": date(2026, 5, 31)}
HER_PRICE = goods(unit="55.00")


@pytest.mark.parametrize(
    ("keyed", "match"),
    [
        # the vendor's invoice number, however it is written, whatever the amount
        (theirs("k", "inv 0042", HER_PRICE), "vendor_invoice_number"),
        (theirs("k", "INV-0042 | PO-1001"), "vendor_invoice_number"),
        (theirs("k", "INV-0042", **ELSEWHERE), None),
        (theirs("k", "INV-0042", dated=date(2025, 5, 1)), None),
        # the purchase order's number, as a whole token
        (theirs("k", "PO-1001", HER_PRICE), "po_number"),
        (theirs("k", "", HER_PRICE, text="goods for po-1001, thanks"), "po_number"),
        (theirs("k", "PO-10011", HER_PRICE), None),
        (theirs("k", "PO-1001", **ELSEWHERE), "po_number"),
        # vendor, total and date
        (theirs("k", "8812"), "vendor_total_date"),
        (theirs("k", "8812", dated=date(2026, 5, 19)), "vendor_total_date"),
        (theirs("k", "8812", **ELSEWHERE), None),
        (theirs("k", "8812", currency="USD"), None),
        (theirs("k", "8812 PO-1002"), None),
        # a near total within a month
        (theirs("k", "8812", goods(unit="50.01")), "vendor_near_total"),
        (theirs("k", "8812", **FAR), "vendor_near_total"),
        (theirs("k", "8812", HER_PRICE), None),
    ],
)
def test_a_bill_is_found_by_its_surest_sign(keyed, match) -> None:
    comparison = compared(
        [ours(1, invoice="INV-0042")], [keyed], orders={"PO-1001": "received", "PO-1002": "nothing received"}
    )
    apart = {("only_sync", ("po:1",), ()), ("only_keyed", (), ("k",))}
    assert found(comparison) == ({(match, ("po:1",), ("k",))} if match else apart)


def test_a_bill_for_two_of_three_deliveries_is_no_bill_for_the_third() -> None:
    sync = [
        ours(1, goods(quantity=much), id=f"po:1/d:{n}", po_numbers=("PO-1001",)) for n, much in ((1, 2), (2, 3), (3, 1))
    ]
    comparison = compared(sync, [theirs("k", "INV-1 PO-1001", goods(quantity=5))])
    assert found(comparison) == {
        ("po_number", ("po:1/d:1", "po:1/d:2"), ("k",)),
        ("only_sync", ("po:1/d:3",), ()),
    }
    # two ways to come to the sum tell nothing
    sync += [ours(1, goods(quantity=2), id="po:1/d:4", po_numbers=("PO-1001",))]
    comparison = compared(sync, [theirs("k", "INV-1 PO-1001", goods(quantity=5))])
    assert {match for match, *_ in found(comparison)} == {"ambiguous"}


@pytest.mark.parametrize(
    ("sync", "keyed", "expected"),
    [
        # she keyed one invoice twice: which of the two is it?
        (
            [ours(1, invoice="INV-1")],
            [theirs("a", "INV-1"), theirs("b", "INV-1", **FAR)],
            {("ambiguous", ("po:1",), ("a", "b"))},
        ),
        # two orders of one vendor over one amount on one day, and nothing else
        (
            [ours(1), ours(2)],
            [theirs("a", "7001"), theirs("b", "7002")],
            {("ambiguous", ("po:1", "po:2"), ("a", "b"))},
        ),
        # the day tells where there are as many on both sides
        (
            [ours(1), ours(2, dated=date(2026, 5, 14))],
            [theirs("a", "7001"), theirs("b", "7002", dated=date(2026, 5, 14))],
            {("vendor_total_date", ("po:1",), ("a",)), ("vendor_total_date", ("po:2",), ("b",))},
        ),
        # one invoice number over two orders; the order named settles which is which
        (
            [ours(1, invoice="INV-1"), ours(2, invoice="INV-1")],
            [theirs("a", "INV-1", text="PO-1002"), theirs("b", "INV-1", text="PO-1001")],
            {("po_number", ("po:1",), ("b",)), ("po_number", ("po:2",), ("a",))},
        ),
        # one of two has the amount: the other is hers alone
        (
            [ours(1)],
            [theirs("a", "PO-1001"), theirs("b", "PO-1001", freight())],
            {("po_number", ("po:1",), ("a",)), ("only_keyed", (), ("b",))},
        ),
        # a statement bill that names its orders, though a price differs
        (
            [ours(1), ours(2, goods(unit="70.00"))],
            [theirs("a", "ST-5", goods(unit="121.00"), text="PO-1001 PO-1002")],
            {("po_number", ("po:1", "po:2"), ("a",))},
        ),
        # one that names none
        (
            [ours(1), ours(2, goods(unit="70.00")), ours(3, goods(unit="33.33"))],
            [theirs("a", "ST-5", goods(unit="120.00"))],
            {("sum_of_several", ("po:1", "po:2"), ("a",)), ("only_sync", ("po:3",), ())},
        ),
        # the reverse: two bills of hers are one of ours
        (
            [ours(1, goods(unit="120.00"))],
            [theirs("a", "7001"), theirs("b", "7002", goods(unit="70.00"))],
            {("sum_of_several", ("po:1",), ("a", "b"))},
        ),
        # two sums would do: neither is taken
        (
            [ours(1), ours(2), ours(3, goods(unit="70.00"))],
            [theirs("a", "ST-5", goods(unit="120.00"))],
            {
                ("only_sync", ("po:1",), ()),
                ("only_sync", ("po:2",), ()),
                ("only_sync", ("po:3",), ()),
                ("only_keyed", (), ("a",)),
            },
        ),
        # a credit is no bill of the same amount
        (
            [ours(1, *credit(goods()))],
            [theirs("a", "PO-1001")],
            {("only_sync", ("po:1",), ()), ("only_keyed", (), ("a",))},
        ),
        (
            [ours(1, *credit(goods()))],
            [theirs("a", "PO-1001", *credit(goods()))],
            {("po_number", ("po:1",), ("a",))},
        ),
    ],
)
def test_knots_are_untied_or_named_and_never_guessed(sync, keyed, expected) -> None:
    assert found(compared(sync, keyed)) == expected
    assert found(compared(sync[::-1], keyed[::-1])) == expected


def test_what_a_person_settled_comes_before_every_sign() -> None:
    sync, keyed = [ours(1), ours(2)], [theirs("a", "PO-1001"), theirs("b", "PO-1002")]
    crossed = (Group("settled", ("po:1",), ("b",)), Group("settled", ("po:2",), ("gone",)))
    assert found(compared(sync, keyed, fixed=crossed)) == {
        ("settled", ("po:1",), ("b",)),
        ("only_sync", ("po:2",), ()),
        ("only_keyed", (), ("a",)),
    }


def test_a_keyed_bill_is_used_once_over_all_cycles() -> None:
    sync = [ours(1), ours(2, cycle="2026-06", dated=date(2026, 6, 2))]
    keyed = [theirs("a", "PO-1002"), theirs("b", "PO-1001", cycle="2026-06", dated=date(2026, 6, 1))]
    assert found(compared(sync, keyed)) == {("po_number", ("po:1",), ("b",))}
    assert found(compared(sync, keyed, cycle="2026-06")) == {("po_number", ("po:2",), ("a",))}


@pytest.mark.parametrize(
    ("whole", "amounts", "only", "several"),
    [
        ("10.00", ["1", "2", "7.00", "4"], (0, 1, 2), False),
        ("10.00", ["6", "4", "5", "5"], (), True),
        ("-3.00", ["-1.00", "-2.00", "-9.00"], (0, 1), False),
        ("20.00", ["10.00", "4.00", "6.00"], (0, 1, 2), False),
        ("10.00", ["10.00", "3.00"], (), False),
        ("10.00", ["10.00"], (), False),
        ("10.00", ["9.00", "2.00"], (), False),
    ],
)
def test_parts_are_found_where_there_is_one_way(whole, amounts, only, several) -> None:
    answer = parts_of(d(whole), [d(each) for each in amounts], Budget())
    assert (answer.only, answer.several) == (only, several)


def test_a_search_without_steps_finds_nothing() -> None:
    assert not parts_of(d(10), [d(1), d(2), d(7), d(4)], Budget(steps=2)).only


def test_two_thousand_bills_a_side_take_seconds() -> None:
    sync = [ours(n, goods(unit=f"{n % 90 + 1}.{n % 100:02d}"), invoice=f"INV-{n}") for n in range(2000)]
    keyed = []
    for n, bill in enumerate(sync):
        number = ("INV-{}", "PO-{}", "{}", "X{}")[n % 4].format(n if n % 4 != 1 else 1000 + n)
        day = bill.dated + timedelta(days=n % 5)
        keyed.append(theirs(f"k{n}", number, *bill.lines, dated=day))
    began = time.perf_counter()
    comparison = compared(sync, keyed)
    assert time.perf_counter() - began < 20
    assert comparison.tie_out.unexplained == 0


SEPTEMBER, OCTOBER = (
    {"cycle": f"2026-{month:02d}", "dated": date(2026, month, day)} for month, day in ((9, 30), (10, 2))
)


def test_a_knot_over_two_cycles_keeps_both_from_being_ready_and_ties_out_in_each() -> None:
    sync = [ours(1, **SEPTEMBER), ours(2, **OCTOBER), ours(3, goods(unit="33.00"), **SEPTEMBER)]
    keyed = [theirs("a", "771", **OCTOBER), theirs("b", "772", **OCTOBER)]
    keyed.append(theirs("c", "PO-1003", goods(unit="33.00"), **SEPTEMBER))
    first, second = (compared(sync, keyed, cycle=one["cycle"]) for one in (SEPTEMBER, OCTOBER))
    assert found(first) == {("po_number", ("po:3",), ("c",)), ("ambiguous", ("po:1",), ())}
    assert found(second) == {("ambiguous", ("po:2",), ("a", "b"))}
    assert [one.tie_out.sync for one in (first, second)] == [d("182.60"), d("110.00")]
    for one in (first, second):
        assert one.tie_out.unexplained == 0
        assert any("nothing tells apart" in reason for reason in one.readiness.reasons)


def test_a_statement_over_two_cycles_is_named_in_both_and_counted_in_the_later_one() -> None:
    sync = [ours(1, **SEPTEMBER), ours(2, goods(unit="70.00"), **OCTOBER)]
    statement = theirs("s", "STATEMENT", goods(), goods(unit="70.00"), **OCTOBER)
    first, second = (compared(sync, [statement], cycle=one["cycle"]) for one in (SEPTEMBER, OCTOBER))
    assert found(first) == {("in_later_cycle", ("po:1",), ())}
    (named,) = first.rows[0].differences
    assert (named.kind, named.sync, named.keyed) == ("timing", "PO-1001, 110.00 AUD", "STATEMENT, 264.00 AUD")
    assert "110.00 AUD counts there" in named.reason
    (reason,) = first.readiness.reasons
    assert reason.startswith("0 of 1 rows agree or are decided (0 %); agreed were at least 98 %.")
    assert reason.endswith("Open rows, by what differs: another billing cycle 1.")
    assert first.rows[0].facts != compared(sync, [statement], cycle="2026-10").rows[0].facts
    assert [row.remark for row in second.rows] == ["PO-1001 (110.00 AUD) was due in 2026-09 and counts here."]
    assert second.readiness.ready
    for side in ("keyed", "sync"):
        assert [getattr(one.tie_out, side) for one in (first, second)] == [0, d("264.00")]
    assert (first.totals, {one.sync for one in second.totals if one.by == "vendor"}) == ((), {d("264.00")})


def test_a_cycle_that_is_ready_names_the_money_that_nobody_decided() -> None:
    sync = [ours(place) for place in range(1, 61)]
    keyed = [theirs(f"k{place}", f"PO-{1000 + place}") for place in range(1, 60)]
    agreed = compared(sync[:-1], keyed)
    assert (agreed.readiness.ready, agreed.remarks) == (True, ())
    keyed.append(theirs("k60", "PO-1060", goods(unit="49950.00")))
    comparison = compared(sync, keyed)
    assert comparison.readiness.ready, "59 of 60 agree, which is what was agreed"
    assert comparison.remarks == (
        ("Look at this before you sign: 1 difference without a verdict, 109,780.00 AUD without regard to sign."),
    )
