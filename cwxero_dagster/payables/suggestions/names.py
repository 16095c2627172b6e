"""How alike two names are: of a vendor and a contact, of a category and an account.

What belongs here: comparing names. What does not: what follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

_LEGAL = frozenset({
    "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited", "llc", "llp", "ltd",
    "nv", "plc", "proprietary", "pte", "pty", "sa", "sarl", "srl", "the",
})  # fmt: skip
"""Words of a name that say what form of company it is, and that one system has and the other has not."""
_ALIKE = 0.85
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae"})


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters without accents, markup and punctuation."""
    text = re.sub(r"<[^<>]*>", " ", name).casefold().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z0-9]+", plain.replace("'", "")))


def same(one: str, other: str) -> bool:
    """True where nothing but punctuation and capitals tells two names apart."""
    return bool(words(one)) and words(one) == words(other)


def core(name: str) -> tuple[str, ...]:
    """A company's name without its legal form; the whole name where nothing else would be left."""
    whole = words(name)
    return tuple(word for word in whole if word not in _LEGAL) or whole


def alike(one: str, other: str) -> bool:
    """True for names that a person would look at twice: nearly the same letters, or one holds the other's words."""
    first, second = core(one), core(other)
    if not first or not second:
        return False
    if len(min(first, second, key=len)) > 1 and (set(first) <= set(second) or set(second) <= set(first)):
        return True
    return SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= _ALIKE


def stems(name: str) -> frozenset[str]:
    """The beginnings of a name's longer words, by which "Licences" meets "Licensing"."""
    return frozenset(word[:5] for word in words(name) if len(word) > 3)
