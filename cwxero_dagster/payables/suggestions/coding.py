"""Which account goods and freight go to: by what people keyed for such goods, then by the account's name.

What belongs here: proposals for accounts.csv. What does not: tax types (taxes), what counts as mapped
(mapping.Resolver).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cwxero_dagster.payables.books import Account
from cwxero_dagster.payables.suggestions.basis import FREIGHT_WORDS, Basis, Ordered, speaks_of_freight
from cwxero_dagster.payables.suggestions.names import stems, words
from cwxero_dagster.payables.suggestions.suggestion import Suggestion, confidence_of
from cwxero_dagster.payables.wording import counted

FILE = "accounts.csv"
ENOUGH_LINES = 3
"""Lines of one account that people keyed for a category before nobody would ask."""
_SPENDING = frozenset({"DIRECTCOSTS", "EXPENSE", "INVENTORY", "OVERHEADS"})
"""Types of account that goods are bought on (Xero Accounts, Type)."""


def account_suggestions(basis: Basis) -> list[Suggestion]:
    """A row for every category of goods without an account; a subcategory where its goods go elsewhere."""
    unmapped: dict[tuple[str, str], list[Ordered]] = {}
    for one in basis.ordered:
        if one.coding.account_code is None:
            unmapped.setdefault(_group(one), []).append(one)
    keyed: dict[tuple[str, str], Counter[str]] = {}
    finer: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    for ordered, line in basis.keyed_as():
        account = basis.books.accounts.get(line.account_code or "")
        if account and account.status == "ACTIVE":
            group = _group(ordered)
            keyed.setdefault(group, Counter())[account.code] += 1
            if group[0] == "category" and ordered.item and ordered.item.subcategory:
                below = finer.setdefault(group, {}).setdefault(ordered.item.subcategory, Counter())
                below[account.code] += 1
    found = []
    for group in sorted(unmapped, key=lambda group: (-len(unmapped[group]), group)):
        main = _suggestion(basis, *group, keyed.get(group, Counter()), len(unmapped[group]))
        found.append(main)
        for subcategory, votes in sorted(finer.get(group, {}).items()):
            winner = votes.most_common(1)[0][0]
            if winner != main.row.get("account_code") and confidence_of(votes, winner, enough=ENOUGH_LINES) == "high":
                found.append(_suggestion(basis, "subcategory", subcategory, votes, votes.total()))
    return found


def freight_suggestions(basis: Basis) -> list[Suggestion]:
    """The row for freight, where a purchase order has some and no row says where it goes."""
    with_freight = [po for po in basis.orders if po.freight]
    unmapped = [
        po
        for po in with_freight
        if basis.resolver.freight_coding(po.vendor_id, tax_code=po.tax_code, taxable=po.tax_freight).account_code
        is None
    ]
    if not unmapped:
        return []
    lines = [line for named in basis.named for line in named.document.lines if speaks_of_freight(line)]
    votes = Counter(code for line in lines if (code := line.account_code or "") in basis.books.accounts)
    named = [account for account in _spending(basis) if not FREIGHT_WORDS.isdisjoint(words(account.name))]
    row = {"match_on": "freight", "match_value": ""}
    if votes:
        code, count = votes.most_common(1)[0]
        confidence = confidence_of(votes, code, enough=ENOUGH_LINES)
        return [Suggestion(FILE, row | {"account_code": code}, confidence, _kept(basis, count, votes.total(), code))]
    if len(named) == 1:
        reason = f"Account {_shown(named[0])} is the only one that says freight."
        return [Suggestion(FILE, row | {"account_code": named[0].code}, "medium", reason)]
    return [Suggestion(FILE, row, "none", f"{counted(len(unmapped), 'purchase order')} with freight; {_choose(named)}")]


def _group(one: Ordered) -> tuple[str, str]:
    """What a row for a line would match on: the widest name that it has."""
    if one.item and one.item.category:
        return "category", one.item.category.strip()
    if one.item and one.item.product_type:
        return "product_type", one.item.product_type.strip()
    identifier = one.item.identifier if one.item else one.line.product_identifier
    return "product", (identifier or "").strip()


def _suggestion(basis: Basis, match_on: str, match_value: str, votes: Counter[str], lines: int) -> Suggestion:
    row = {"match_on": match_on, "match_value": match_value}
    if votes:
        code, count = votes.most_common(1)[0]
        confidence = confidence_of(votes, code, enough=ENOUGH_LINES)
        return Suggestion(FILE, row | {"account_code": code}, confidence, _kept(basis, count, votes.total(), code))
    alike = [account for account in _spending(basis) if stems(account.name) & stems(match_value)]
    if len(alike) == 1:
        return Suggestion(
            FILE, row | {"account_code": alike[0].code}, "low", f"Account {_shown(alike[0])} has a similar name."
        )
    return Suggestion(FILE, row, "none", f"{counted(lines, 'line')} of purchase orders; {_choose(alike)}")


def _kept(basis: Basis, count: int, total: int, code: str) -> str:
    of_all = "" if count == total else f" of {total}"
    account = _shown(basis.books.accounts[code])
    return f"{counted(count, 'line')}{of_all} that people keyed for such goods went to {account}."


def _spending(basis: Basis) -> Sequence[Account]:
    accounts: Iterable[Account] = basis.books.accounts.values()
    return [
        account
        for account in accounts
        if account.status == "ACTIVE" and account.system_account is None and account.account_type in _SPENDING
    ]


def _choose(accounts: Sequence[Account]) -> str:
    if not accounts:
        return "nobody keyed such a bill yet, and no account is named like it."
    return f"several accounts are named like it: {', '.join(map(_shown, accounts[:4]))}."


def _shown(account: Account) -> str:
    return f"{account.code} {account.name}"
