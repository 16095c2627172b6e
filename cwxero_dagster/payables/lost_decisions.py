"""Decisions that the warehouse lost when an older copy of it was put back, and the question that stands for each.

What belongs here: what such a decision was about, and what is asked before anything is written beside it. What does
not: finding them (warehouse/lost_decisions), taking one again, which only a person can.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cwxero_dagster.payables.holds import Hold, hold
from cwxero_dagster.payables.kinds import KINDS
from cwxero_dagster.payables.slices import Slice, overlap


@dataclass(frozen=True)
class LostDecision:
    """A decision that the copy does not have, or one that it has although a person took it back since."""

    lost_id: str
    restored_at: datetime
    """When the copy was put back."""
    case_id: str
    """The case that it was about; blank where nobody can tell which decisions were lost: then it may be any."""
    kind: str = ""
    verb: str = ""
    by: str = ""
    """Who took it, or took it back."""
    reason: str = ""
    at: datetime | None = None
    taken_back: bool = False
    po_ids: tuple[int, ...] = ()
    slices: tuple[Slice, ...] = ()
    """The goods that it was about; without any it was about its orders as a whole."""

    def concerns(self, po_ids: Collection[int], slices: Sequence[Slice]) -> bool:
        """True where a document of these orders and goods may be what it was about."""
        if not self.case_id or not any(part.quantity for part in self.slices) or not slices:
            return not self.case_id or not set(self.po_ids).isdisjoint(po_ids)
        return any(overlap(one, part) for one in self.slices for part in slices)

    @property
    def answered_by(self) -> frozenset[str]:
        """The cases whose answer ends it: the one that stands for it, and that of a decision to be taken again."""
        return frozenset({self.asked.case_id} if self.taken_back else {self.asked.case_id, self.case_id})

    @property
    def asked(self) -> Hold:
        """What holds every document that it concerns until a person has answered."""
        put_back = f"The warehouse was put back from an older copy on {self.restored_at:%Y-%m-%d}"
        if not self.case_id:
            detail = (
                f"{put_back}, and which decisions people took after that copy was made is not known: what somebody "
                "settled as not owed, or as billed by another bill, would be drafted once more. Workbooks of earlier "
                "nights show on their sheet Decided what was decided."
            )
            asked = hold("possible_duplicate", "decisions that a restore lost", detail, self.restored_at.isoformat())
            return replace(asked, ways_out=("release",), lost=True)
        about = f"case {self.case_id} ({KINDS[self.kind].title})"
        on = f" on {self.at:%Y-%m-%d}" if self.at else ""
        detail = (
            f"{self.by} took back{on} what was decided about {about}: {self.verb}. {put_back}, so that it counts "
            f"again. To have it count no more, undo case {self.case_id} once again."
            if self.taken_back
            else f"{self.by} decided{on} about {about}: {self.verb}, {self.reason.rstrip('.')}. {put_back}, so that "
            "this does not count any more."
        )
        one = hold("possible_duplicate", f"decision that a restore lost: {self.case_id}", detail, self.lost_id)
        return replace(one, lost=True)
