"""Deciding a case from the Dagster UI: what `release`, `settle` and `undo` do, with typed config, for the data team.

What belongs here: the one job. What does not: which decisions fit (payables/kinds), what follows from one (planning).
"""

import dagster as dg
from pydantic import Field

from cwxero_dagster.resources import Firm, in_words
from cwxero_dagster.review.headings import UNDO
from cwxero_dagster.warehouse.case_book import CaseRefused


class CaseDecision(dg.Config):
    """One decision about one case."""

    case: str = Field(description="The case, such as C-1A2B3C4D.")
    verb: str = Field(description="`release`, `undo`, or one of the other ways out that the case lists.")
    by: str = Field(description="Who decides.")
    reason: str = Field(default="", description="Why; `undo` needs none.")
    xero_id: str = Field(default="", description="For `billed-by`: the id of the bill in Xero.")


@dg.op
def decide(context: dg.OpExecutionContext, config: CaseDecision, firm: Firm) -> None:
    """Take the decision; the next sync acts on it."""
    with in_words():
        session = firm.session
        at = session.clock.now()
        try:
            if config.verb == UNDO:
                kept = session.case_book.undo(config.case, by=config.by, at=at)
            else:
                kept = session.case_book.decide(
                    config.case,
                    verb=config.verb,
                    reason=config.reason,
                    by=config.by,
                    at=at,
                    xero_id=config.xero_id or None,
                )
        except CaseRefused as refused:
            raise dg.Failure(description=str(refused), allow_retries=False) from refused
    context.log.info(f"Case {kept.case.case_id} is {kept.status}. The next sync acts on it. {kept.remark}".rstrip())


@dg.job(description="Release, settle or undo a case, as the commands of these names do. The next sync acts on it.")
def decide_case() -> None:
    """The decision as a run of its own, so that its history shows who decided what."""
    decide()
