import pytest
from hypothesis import given
from hypothesis import strategies as st
from payables.making import LINK, bounded

from cwxero_dagster.payables.numbering import MAX_NUMBER, credit_key_in, credit_line, key_in, link, number, printable

DEFAULT = "{vendor_invoice} | {po_number}"
keys = st.builds(
    lambda kind, ids, tail: f"{kind}:{ids}{tail}",
    st.sampled_from(["po", "vi"]),
    st.integers(min_value=1, max_value=10**9),
    st.sampled_from(["", "/f", "/g:1", "/d:12", "/s:3", "/c:2", "/d:2/s:1", "/7"]),
)


@pytest.mark.parametrize(
    ("template", "invoice", "pos", "suffix", "expected"),
    [
        (DEFAULT, "INV-7", ["PO-1"], "", "INV-7 | PO-1"),
        (DEFAULT, None, ["PO-1"], "", "PO-1"),
        (DEFAULT, "  ", ["PO-1"], "", "PO-1"),
        (DEFAULT, "INV-7", [""], "", "INV-7"),
        (DEFAULT, "INV-7", ["PO-1", "PO-2"], "", "INV-7 | PO-1 PO-2"),
        (DEFAULT, "INV-7", ["PO-1"], "/2", "INV-7 | PO-1/2"),
        (DEFAULT, "INV-7", ["PO-1"], "/C1", "INV-7 | PO-1/C1"),
        ("{po_number} ({vendor_invoice})", "INV-7", ["PO-1"], "", "PO-1 (INV-7)"),
        ("{po_number} ({vendor_invoice})", None, ["PO-1"], "", "PO-1"),
        ("PO {po_number}", None, ["17"], "", "PO 17"),
        ("{vendor_invoice}", None, ["PO-1"], "", "PO-1"),
        ("{vendor_invoice}", "INV-7", ["PO-1"], "", "INV-7"),
        (DEFAULT, "INV\t7\n", ["PO-79 Zürich ✓"], "", "INV 7 | PO-79 Z?rich ?"),
        (DEFAULT, None, ['PO "quoted" 77'], "", 'PO "quoted" 77'),
    ],
)
def test_empty_parts_drop_out_with_their_separator(
    template: str, invoice: str | None, pos: list[str], suffix: str, expected: str
) -> None:
    assert number(template, vendor_invoice=invoice, po_numbers=pos, suffix=suffix) == expected


@bounded
@given(
    st.sampled_from([DEFAULT, "{vendor_invoice}", "{po_number}", "Bill {vendor_invoice}, {po_number}!"]),
    st.none() | st.text(max_size=300),
    st.lists(st.text(max_size=60), min_size=1, max_size=8),
)
def test_a_number_is_always_printable_ascii_that_fits(template: str, invoice: str | None, pos: list[str]) -> None:
    made = number(template, vendor_invoice=invoice, po_numbers=pos)
    assert len(made) <= MAX_NUMBER
    assert made.isascii()
    assert made.isprintable()
    assert made == made.strip()


@bounded
@given(
    st.lists(st.from_regex(r"\A[A-Z0-9-]{1,20}\Z"), min_size=1, max_size=3),
    st.sampled_from([DEFAULT, "{vendor_invoice}"]),
)
def test_a_number_is_never_blank_while_there_is_a_po_number(pos: list[str], template: str) -> None:
    assert number(template, vendor_invoice=None, po_numbers=pos)


def test_line_breaks_become_spaces_and_other_characters_question_marks() -> None:
    assert printable(" a\r\n b\x00é") == "a b??"


@bounded
@given(
    keys,
    st.sampled_from(
        [
            LINK,
            "https://xero.example.com/{company}",
            "https://cw.example.com/?po={po_id}&k=other#top",
            "http://127.0.0.1/{company}/{po_id}#XeRo",
        ]
    ),
    st.sampled_from(["acme", "xero", "MyXEROfirm", "a&b=c d", "Zürich"]),
)
def test_a_link_holds_its_key_and_never_the_word_that_xero_refuses(key: str, template: str, company: str) -> None:
    made = link(template, po_id=17, company=company, key=key)
    assert "xero" not in made.lower()
    assert key_in(made) == key


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://example.com",
        "https://example.com/?k=",
        "https://example.com/?k=12",
        "https://example.com/?k=po:12x",
        "https://example.com/?q=k=po:12",
        "https://[broken?k=po:12",
        "no link at all k=po:12",
    ],
)
def test_links_of_other_people_hold_no_key(url: str | None) -> None:
    assert key_in(url) is None


@bounded
@given(st.lists(st.text(max_size=30), min_size=1, max_size=3), keys)
def test_the_first_line_of_a_credit_holds_its_key(pos: list[str], key: str) -> None:
    assert credit_key_in(credit_line(pos, key)) == key


@pytest.mark.parametrize("words", ["", "Credit for return [PO-12]", "[po:12] and more", "supplier credit [vi:x]"])
def test_other_first_lines_hold_no_key(words: str) -> None:
    assert credit_key_in(words) is None
