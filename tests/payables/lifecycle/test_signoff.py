from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwxero_dagster.payables.lifecycle import (
    Decision,
    Signature,
    describe_changes,
    missing_signatures,
    parse_signoff,
    sign,
)
from cwxero_dagster.payables.problems import SeedsBroken

REPOSITORY = Path(__file__).resolve().parents[3]
DECISION = Decision()
OLDER = Decision(go_live=date(2026, 4, 1))
DAY = date(2026, 4, 20)


def signature(role: str, name: str, *, digest: str = DECISION.digest, organisation: str | None = None) -> Signature:
    text = sign("", role, name, digest, DAY, organisation)
    (found,), problems = parse_signoff(text)
    assert problems == []
    return found


def test_two_people_in_both_roles_sign_a_decision() -> None:
    both = [signature("procurement", "Ann Lee"), signature("finance", "Bo Chen")]
    assert missing_signatures(DECISION, both, None) == []


def test_each_missing_role_is_named_with_the_command() -> None:
    missing = missing_signatures(DECISION, [], None)
    assert len(missing) == 2
    assert "cwxero signoff --role procurement" in missing[0]
    assert "cwxero signoff --role finance" in missing[1]


@pytest.mark.parametrize("other", ["Ann Lee", "ann lee", " ANN   LEE ", "AnnLee", "\uff21nn Lee"])
def test_one_person_cannot_sign_for_both(other: str) -> None:
    both = [signature("procurement", "Ann Lee"), signature("finance", other)]
    [missing] = missing_signatures(DECISION, both, None)
    assert "two different people" in missing


def test_a_second_person_in_one_role_is_enough() -> None:
    signatures = [
        signature("procurement", "Ann Lee"),
        signature("finance", "Ann Lee"),
        signature("finance", "Bo Chen"),
    ]
    assert missing_signatures(DECISION, signatures, None) == []


def test_signatures_of_another_version_do_not_count_and_are_named() -> None:
    signatures = [
        signature("procurement", "Ann Lee", digest=OLDER.digest),
        signature("finance", "Bo Chen"),
    ]
    [missing] = missing_signatures(DECISION, signatures, None)
    assert "Procurement (Ann Lee, 2026-04-20) signed another version" in missing
    assert missing_signatures(OLDER, signatures, None) != []


def test_what_changed_since_the_last_known_signature_is_named() -> None:
    signatures = [signature("procurement", "Ann Lee", digest=OLDER.digest), signature("finance", "Bo Chen")]
    [_, changed] = missing_signatures(DECISION, signatures, None, earlier={OLDER.digest: OLDER})
    assert changed == f"Changed since Ann Lee signed on 2026-04-20: {'; '.join(describe_changes(OLDER, DECISION))}."


def test_of_two_decisions_that_were_signed_on_one_day_the_later_one_is_compared() -> None:
    between = replace(DECISION, stale_draft_days=21)
    signatures = [
        signature("procurement", "Ann Lee", digest=OLDER.digest),
        signature("procurement", "Cy Ray", digest=between.digest),
    ]
    changed = missing_signatures(DECISION, signatures, None, earlier={OLDER.digest: OLDER, between.digest: between})[-1]
    assert changed == "Changed since Cy Ray signed on 2026-04-20: stale_draft_days: 21 -> 14."


@pytest.mark.parametrize(
    ("organisation", "counts"),
    [
        ("Brightwater IT", True),
        ("brightwater  it", True),
        ("Other Firm", False),
        (None, False),
        (("11111111-2222-4333-8444-555555555555", "Brightwater IT"), True),
        (("11111111-2222-4333-8444-555555555555", "Other Firm"), False),
    ],
)
def test_a_signature_for_one_organisation_counts_for_no_other(
    organisation: str | tuple[str, ...] | None, counts: bool
) -> None:
    signatures = [
        signature("procurement", "Ann Lee", organisation="Brightwater IT"),
        signature("finance", "Bo Chen"),
    ]
    missing = missing_signatures(DECISION, signatures, organisation)
    assert (missing == []) is counts
    if not counts:
        assert "signed this decision for Brightwater IT" in missing[0]


def test_an_entry_is_appended_and_everything_that_stands_stays() -> None:
    text = "# Who agreed.\n- role: procurement   # the buyer\n  name: Ann Lee\n  signed_on: 2026-04-20\n"
    text += f"  digest: {DECISION.digest}\n# the end"
    after = sign(text, "finance", 'Bo O\'Neil: "CFO" #1', DECISION.digest, DAY, "Bright & Water: IT")
    assert after.startswith(text)
    signatures, problems = parse_signoff(after)
    assert problems == []
    assert [each.name for each in signatures] == ["Ann Lee", 'Bo O\'Neil: "CFO" #1']
    assert signatures[1].organisation == "Bright & Water: IT"
    assert missing_signatures(DECISION, signatures, "bright & water: it") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[]\n",
        "# nobody yet\n[]  # so far\n# end\n",
        "---\n",
        "~\n",
        "\ufeff# comment\r\n[]\r\n",
        f"  - {{role: finance, name: X, signed_on: 2026-01-01, digest: {OLDER.digest}}}\n",
        f"[{{role: finance, name: X, signed_on: 2026-01-01, digest: {OLDER.digest}}}]\n",
        f"[\n  {{role: finance, name: X, signed_on: 2026-01-01, digest: {OLDER.digest}}},\n]\n",
        f"- role: finance\r\n  name: X\r\n  signed_on: 2026-01-01\r\n  digest: {OLDER.digest}\r\n",
    ],
)
def test_any_layout_of_the_list_can_be_signed_twice(text: str) -> None:
    before, problems = parse_signoff(text)
    assert problems == []
    once = sign(text, "procurement", "Ann Lee", DECISION.digest, DAY)
    twice = sign(once, "finance", "Bo Chen", DECISION.digest, DAY)
    after, problems = parse_signoff(twice)
    assert problems == []
    assert after[: len(before)] == before
    assert [each.name for each in after[len(before) :]] == ["Ann Lee", "Bo Chen"]
    for comment in ("# nobody yet", "# so far", "# end", "# comment"):
        assert (comment in twice) == (comment in text)


def test_the_file_that_ships_can_be_signed() -> None:
    text = (REPOSITORY / "mapping_seeds" / "signoff.yaml").read_text(encoding="utf-8")
    signed = sign(text, "finance", "Bo Chen", DECISION.digest, DAY)
    assert len(parse_signoff(signed)[0]) == 1
    assert "Who agreed to lifecycle.yaml" in signed


def test_signing_twice_changes_nothing() -> None:
    once = sign("", "finance", "Bo Chen", DECISION.digest, DAY, "Brightwater IT")
    assert sign(once, "finance", " bo  chen", DECISION.digest, date(2026, 9, 1), "Brightwater IT") == once
    assert sign(once, "finance", "Bo Chen", DECISION.digest, DAY) != once


@pytest.mark.parametrize("text", ["role: finance", "- role: ceo", "[\n", "- []\n-\n"])
def test_a_broken_file_is_not_signed(text: str) -> None:
    with pytest.raises(SeedsBroken):
        sign(text, "finance", "Bo Chen", DECISION.digest, DAY)


def test_a_layout_without_a_place_to_add_to_is_refused_not_damaged() -> None:
    text = f"- {{role: finance, name: X, signed_on: 2026-01-01, digest: {OLDER.digest}}}\n...\n"
    with pytest.raises(SeedsBroken, match="plain list"):
        sign(text, "procurement", "Ann Lee", DECISION.digest, DAY)


@pytest.mark.parametrize(
    ("role", "name", "digest", "finding"),
    [
        ("ceo", "Ann", DECISION.digest, "'ceo' is no role"),
        ("finance", "  ", DECISION.digest, "Say who signs"),
        ("finance", "Ann\x1b[2J", DECISION.digest, "cannot be printed"),
        ("finance", "Ann", "abc", "64 hexadecimal digits"),
    ],
)
def test_what_cannot_be_a_signature_is_refused(role: str, name: str, digest: str, finding: str) -> None:
    with pytest.raises(ValueError, match=finding):
        sign("", role, name, digest, DAY)


@given(st.text(min_size=1, max_size=40).filter(lambda name: name.isprintable() and name.strip()))
def test_any_printable_name_is_kept_letter_for_letter(name: str) -> None:
    assert signature("finance", name).name == " ".join(name.split())


def test_all_problems_of_the_file_are_found_with_their_lines() -> None:
    text = (
        "- role: finanse\n"
        "  name: Bo Chen\n"
        "  signed_on: 20/04/2026\n"
        "  digest: abc\n"
        "- role: finance\n"
        "  name:\n"
        "  signed_on: 2026-04-20\n"
        f"  digest: {DECISION.digest.upper()}\n"
        "- role: finance\n"
        "  signed: 2026-04-20\n"
    )
    signatures, problems = parse_signoff(text)
    assert signatures == ()
    assert [(problem.line, problem.column) for problem in problems] == [
        (1, "role"),
        (3, "signed_on"),
        (4, "digest"),
        (6, "name"),
        (10, "signed"),
    ]
    assert "did you mean finance?" in str(problems[0])


def test_an_entry_without_a_key_names_the_key() -> None:
    _, problems = parse_signoff("- {role: finance, name: Bo Chen, signed_on: 2026-04-20}")
    assert [problem.message for problem in problems] == ["the entry has no digest"]
