import json

from hypothesis import given
from hypothesis import strategies as st
from payables.making import bounded, d

from cwxero_dagster.payables.slices import Slice
from cwxero_dagster.writing import Writing

texts = st.text(max_size=20)
amounts = st.decimals(min_value=-1000, max_value=1000, places=10)
slices = st.builds(Slice, st.integers(1, 99), st.integers(0, 99), amounts, amounts)
meanings = st.fixed_dictionaries(
    {
        "number": texts,
        "lines": st.lists(st.fixed_dictionaries({"quantity": texts, "tracking": st.lists(st.lists(texts))})),
    }
)
writings = st.builds(
    Writing,
    action=st.sampled_from(["create", "credit", "update", "withdraw"]),
    key=texts,
    document_type=st.sampled_from(["ACCPAY", "ACCPAYCREDIT"]),
    cycle=texts,
    policy_digest=texts,
    po_ids=st.lists(st.integers(1, 99)).map(tuple),
    po_numbers=st.lists(texts).map(tuple),
    facts=texts,
    slices=st.lists(slices, max_size=3).map(tuple),
    meaning=meanings,
    status=texts,
    payload_digest=texts,
    xero_id=st.none() | texts,
)


@bounded
@given(writings)
def test_a_writing_comes_back_from_its_text_as_it_was(writing: Writing) -> None:
    assert Writing.from_json(writing.to_json()) == writing


@bounded
@given(writings)
def test_only_a_new_bill_or_credit_could_become_two(writing: Writing) -> None:
    assert writing.creates is (writing.action in {"create", "credit"})


def test_quantities_are_kept_digit_by_digit() -> None:
    part = Slice(1, 11, d("0.0000000001"), d("123456789.0123456789"))
    kept = Writing(
        "create", "po:1", "ACCPAY", "2026-05", "p", (1,), ("PO-1",), "f", (part,), {}, "DRAFT", "x"
    ).to_json()
    assert json.loads(kept)["slices"][0]["end"] == "123456789.0123456789"
