"""Who agreed to the lifecycle decision: reads ``signoff.yaml``, says whose signature is missing, adds one.

What belongs here: signatures and when they count. What does not: the decision itself, and what an unsigned decision
holds back (publishing).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import yaml

from cwxero_dagster.payables.lifecycle.decision import Decision, describe_changes
from cwxero_dagster.payables.problems import Problem, SeedsBroken
from cwxero_dagster.payables.yaml_text import YamlText, is_blank

Role = Literal["procurement", "finance"]
ROLES: tuple[Role, ...] = get_args(Role)

_REQUIRED = ("role", "name", "signed_on", "digest")
_KEYS = (*_REQUIRED, "organisation")
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One agreement: who, as what, when, to which digest; ``organisation`` (id or name) narrows it to one."""

    role: Role
    name: str
    signed_on: date
    digest: str
    organisation: str | None = None


def parse_signoff(text: str, file: str = "signoff.yaml") -> tuple[tuple[Signature, ...], list[Problem]]:
    """All signatures in the order of the file, and everything that is wrong with it; an empty file has none."""
    reader = _SignoffText(file)
    root = reader.root(text)
    found = [reader.signature(item) for item in reader.items(root, "")] if root is not None else []
    return tuple(each for each in found if each is not None), reader.problems


def missing_signatures(
    decision: Decision,
    signatures: Iterable[Signature],
    organisation: str | Collection[str] | None,
    *,
    earlier: Mapping[str, Decision] | None = None,
) -> list[str]:
    """What keeps the decision from being signed, a sentence each; empty when both roles signed it.

    ``earlier``: decisions of before by digest, so that the lines which changed since they were signed can be named.

    ``organisation`` is the Xero organisation's id, its name, or both; None while it is unknown, and then signatures
    given for a particular organisation do not count. The two names must differ (case and spaces make no difference).
    """
    known = {organisation} if isinstance(organisation, str) else set(organisation or ())
    names = {_folded(each) for each in known}
    everything = list(signatures)
    counting = [
        each
        for each in everything
        if each.digest == decision.digest and (each.organisation is None or _folded(each.organisation) in names)
    ]
    signers = {role: {_folded(each.name): each.name for each in counting if each.role == role} for role in ROLES}
    absent = [role for role in ROLES if not signers[role]]
    missing = [_absent(role, decision, everything) for role in absent] + _changes(
        decision, [each for each in everything if each.role in absent], earlier or {}
    )
    people = set().union(*signers.values())
    if not missing and len(people) < len(ROLES):
        name = next(iter(signers["procurement"].values()))
        missing = [f"{name} signed for procurement and for finance; two different people have to sign."]
    return missing


def _absent(role: str, decision: Decision, everything: Sequence[Signature]) -> str:
    what_to_do = f"Agree on it, then run `cwxero signoff --role {role} --name NAME`."
    own = [each for each in everything if each.role == role]
    elsewhere = [each for each in own if each.digest == decision.digest]
    if elsewhere:
        last = elsewhere[-1]
        return (
            f"{role.capitalize()} ({last.name}) signed this decision for {last.organisation}, "
            f"which is not the connected organisation. {what_to_do}"
        )
    if own:
        last = own[-1]
        return (
            f"{role.capitalize()} ({last.name}, {last.signed_on}) signed another version of the lifecycle decision. "
            f"{what_to_do}"
        )
    return f"{role.capitalize()} has not signed the lifecycle decision in force. {what_to_do}"


def _changes(decision: Decision, signatures: Sequence[Signature], earlier: Mapping[str, Decision]) -> list[str]:
    """What changed since the last signature whose decision is known."""
    latest_last = sorted(signatures, key=lambda one: one.signed_on)  # of one day in the order of the file
    for each in reversed(latest_last):
        if each.digest in earlier and each.digest != decision.digest:
            changes = "; ".join(describe_changes(earlier[each.digest], decision))
            return [f"Changed since {each.name} signed on {each.signed_on}: {changes}."]
    return []


def sign(text: str, role: str, name: str, digest: str, signed_on: date, organisation: str | None = None) -> str:
    """The text of ``signoff.yaml`` with one more signature; everything that stands, comments included, stays.

    Signing what one has signed already changes nothing. Raises ``ValueError`` for an unknown role, an unusable name or
    digest, and for somebody who signed for the other role; ``SeedsBroken`` for a file that cannot be read or whose
    layout leaves no place to add to.
    """
    signature = _checked(role, name, digest, signed_on, organisation)
    before, problems = parse_signoff(text)
    if problems:
        raise SeedsBroken(problems)
    if any(_same(signature, each) for each in before):
        return text
    for each in before:
        if each.digest == digest and each.role != signature.role and _folded(each.name) == _folded(signature.name):
            message = f"{each.name} signed for {each.role} already; two different people have to sign."
            raise ValueError(message)
    after = _appended(text, signature)
    if parse_signoff(after) != ((*before, signature), []):
        message = "the signature cannot be added to the file as it is laid out; write it as a plain list of entries"
        raise SeedsBroken([Problem(file="signoff.yaml", message=message)])
    return after


def _checked(role: str, name: str, digest: str, signed_on: date, organisation: str | None) -> Signature:
    wanted = next((each for each in ROLES if each == role), None)
    if wanted is None:
        message = f"{role!r} is no role; the decision is signed by {' and by '.join(ROLES)}."
        raise ValueError(message)
    if not _DIGEST.fullmatch(digest):
        raise ValueError("A digest is 64 hexadecimal digits.")
    clean_name, clean_organisation = " ".join(name.split()), " ".join((organisation or "").split())
    for what, value in (("name", clean_name), ("organisation", clean_organisation)):
        if not value.isprintable():
            message = f"The {what} holds characters that cannot be printed."
            raise ValueError(message)
    if not clean_name:
        raise ValueError("Say who signs: a person's name.")
    return Signature(
        role=wanted, name=clean_name, signed_on=signed_on, digest=digest, organisation=clean_organisation or None
    )


def _same(one: Signature, other: Signature) -> bool:
    return (one.role, one.digest, _folded(one.name), _folded(one.organisation or "")) == (
        other.role,
        other.digest,
        _folded(other.name),
        _folded(other.organisation or ""),
    )


def _appended(text: str, signature: Signature) -> str:
    root = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)
    shift = len(text) - len(text.removeprefix("\ufeff"))
    newline = "\r\n" if "\r\n" in text else "\n"
    pairs = [
        ("role", signature.role),
        ("name", _scalar(signature.name)),
        ("signed_on", signature.signed_on.isoformat()),
        ("digest", _scalar(signature.digest)),
    ]
    if signature.organisation is not None:
        pairs.append(("organisation", _scalar(signature.organisation)))

    if isinstance(root, yaml.SequenceNode) and root.flow_style and root.value:
        end = root.value[-1].end_mark.index + shift
        entry = ", ".join(f"{key}: {value}" for key, value in pairs)
        return f"{text[:end]}, {{{entry}}}{text[end:]}"

    indent = ""
    if isinstance(root, yaml.SequenceNode) and root.value:
        indent = " " * root.start_mark.column
    elif root is not None:
        text = (text[: root.start_mark.index + shift].rstrip(" ") + text[root.end_mark.index + shift :]).lstrip("\r\n")
    if text.strip("\ufeff") and not text.endswith(("\n", "\r")):
        text += newline
    lines = [f"{indent}{'- ' if key == 'role' else '  '}{key}: {value}" for key, value in pairs]
    return text + newline.join(lines) + newline


def _scalar(text: str) -> str:
    """Text in YAML's single quotation marks, where nothing but the mark itself needs care."""
    return "'" + text.replace("'", "''") + "'"


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class _SignoffText(YamlText):
    """Reads the entries of the list."""

    def signature(self, node: yaml.Node) -> Signature | None:
        """One entry, or None where a problem was noted."""
        before = len(self.problems)
        if is_blank(node):
            self.refuse(node, "", "an entry is blank", allowed=", ".join(_KEYS))
            return None
        entries = self.entries(node, "", _KEYS)
        if len(self.problems) == before:
            for key in _REQUIRED:
                if key not in entries:
                    self.refuse(node, key, f"the entry has no {key}", allowed=", ".join(_KEYS))
        if len(self.problems) > before:
            return None
        role = self.choice(entries["role"], "role", ROLES)
        name = self.text(entries["name"], "name", allowed="the name of the person who agreed")
        signed_on = self.day(entries["signed_on"], "signed_on")
        digest = self._digest(entries["digest"])
        organisation = entries.get("organisation")
        place = None
        if organisation is not None and not is_blank(organisation):
            place = self.text(organisation, "organisation", allowed="the Xero organisation's name or id, or blank")
        if len(self.problems) > before or name is None or signed_on is None or digest is None:
            return None
        return Signature(
            role="procurement" if role == "procurement" else "finance",
            name=name,
            signed_on=signed_on,
            digest=digest,
            organisation=place,
        )

    def _digest(self, node: yaml.Node) -> str | None:
        allowed = "the 64 hexadecimal digits that cwxero signoff writes"
        text = self.text(node, "digest", allowed=allowed)
        if text is None or _DIGEST.fullmatch(text.lower()):
            return text and text.lower()
        self.refuse(node, "digest", "this is not the digest of a decision", allowed=allowed)
        return None
