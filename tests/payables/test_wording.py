"""Counting in words, shortening, and what a status is called."""

import pytest

from cwxero_dagster.payables.wording import as_it_is, counted, few, shortened, status_words


@pytest.mark.parametrize(("number", "words"), [(0, "0 bills"), (1, "1 bill"), (2, "2 bills"), (1818, "1,818 bills")])
def test_things_are_counted_in_words(number, words):
    assert counted(number, "bill") == words


def test_a_plural_of_its_own_is_given():
    assert counted(2, "delivery", "deliveries") == "2 deliveries"


@pytest.mark.parametrize(
    ("text", "short"),
    [("four", "four"), ("fours", "fou…"), ("a  long one", "a…"), ("a bcdefg", "a…"), ("abc defg", "abc…")],
)
def test_what_is_cut_ends_in_an_ellipsis(text, short):
    assert shortened(text, 4) == short


@pytest.mark.parametrize(
    ("status", "words", "behind_it_is"),
    [
        ("DRAFT", "draft", "a draft"),
        ("SUBMITTED", "waiting for approval", "waiting for approval"),
        ("AUTHORISED", "approved", "approved"),
        ("PAID", "paid", "paid"),
        ("VOIDED", "voided", "voided"),
    ],
)
def test_a_status_is_called_what_xeros_pages_call_it(status, words, behind_it_is):
    assert (status_words(status), as_it_is(status)) == (words, behind_it_is)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), ""),
        (("PO-1",), "PO-1"),
        (("PO-1", "PO-2"), "PO-1, PO-2"),
        (("PO-1", "PO-2", "PO-3"), "PO-1, PO-2 and 1 more"),
    ],
)
def test_names_that_are_left_out_are_counted(names, told):
    assert few(names, 2) == told
