"""From a plain function that looks at the warehouse to an asset check.

What belongs here: name, description, partitions and file of a check, taken from its function. What does not: what a
check looks at. A check's name is a sentence that is true while all is well; people read its function's docstring.
"""

import inspect
from collections.abc import Callable, Sequence

import dagster as dg
from pandera.errors import SchemaErrors

from cwxero_dagster.checks.showing import Checked, Finding, result
from cwxero_dagster.pipeline.session import Session
from cwxero_dagster.resources import Firm, in_words

Cycles = dg.PartitionsDefinition[str]


def check_of_all(
    look: Callable[[Session], Checked],
    *,
    asset: str,
    name: str | None = None,
    blocking: bool = False,
    after: Sequence[str] = (),
) -> dg.AssetChecksDefinition:
    """A check of an asset that holds all cycles, named as ``look`` is unless several assets share a ``name``.

    ``blocking``: an error stops the later steps of the same run. ``after``: further assets that it looks at.
    """
    file, name = _file(look, asset, name), name or look.__name__

    @dg.asset_check(asset=asset, name=name, description=inspect.getdoc(look), blocking=blocking, additional_deps=after)
    def check(firm: Firm) -> dg.AssetCheckResult:
        with in_words():
            checked = looked(firm.session, lambda: look(firm.session))
        return result(checked, file=firm.session.settings.home / "review" / "checks" / file)

    return check


def check_of_cycle(
    look: Callable[[Session, str], Checked],
    *,
    asset: str,
    cycles: Cycles,
    name: str | None = None,
    blocking: bool = False,
) -> dg.AssetChecksDefinition:
    """A check of one billing cycle of a partitioned asset."""
    file, name = _file(look, asset, name), name or look.__name__

    @dg.asset_check(asset=asset, name=name, description=inspect.getdoc(look), blocking=blocking, partitions_def=cycles)
    def check(context: dg.AssetCheckExecutionContext, firm: Firm) -> dg.AssetCheckResult:
        cycle = context.partition_key
        with in_words():
            checked = looked(firm.session, lambda: look(firm.session, cycle))
        return result(checked, file=firm.session.settings.home / "review" / cycle / "checks" / file, cycle=cycle)

    return check


def looked(session: Session, look: Callable[[], Checked]) -> Checked:
    """The answer of a check, from one look at the warehouse; where a table is broken, that is the answer."""
    try:
        with session.warehouse.transaction():
            return look()
    except SchemaErrors as broken:
        what = f"A table that this check reads is broken ({broken.schema.name}), so it could not look."
        return Checked("nothing", (Finding(what, "See the check every_row_keeps_its_contract, which names the rows."),))


def _file(look: Callable[..., Checked], asset: str, name: str | None) -> str:
    """A name that is given is one that several assets share."""
    return f"{name}_{asset}.csv" if name else f"{look.__name__}.csv"
