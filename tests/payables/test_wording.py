"""Counting in words, and shortening."""

import pytest

from cwxero_dagster.payables.wording import counted, shortened


@pytest.mark.parametrize(("number", "words"), [(0, "0 bills"), (1, "1 bill"), (2, "2 bills"), (1818, "1,818 bills")])
def test_things_are_counted_in_words(number, words):
    assert counted(number, "bill") == words


def test_a_plural_of_its_own_is_given():
    assert counted(2, "delivery", "deliveries") == "2 deliveries"


@pytest.mark.parametrize(("text", "short"), [("four", "four"), ("fours", "fou…"), ("a  long one", "a…")])
def test_what_is_cut_ends_in_an_ellipsis(text, short):
    assert shortened(text, 4) == short
