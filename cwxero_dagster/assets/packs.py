"""The review pack of a cycle in the Dagster UI, and the answers that come back with it.

What belongs here: the assets that take the answers and write the pack, and what the UI shows of them. What does not:
the figures (pipeline/packing), how the files look (review).
"""

from typing import Any

import dagster as dg

from cwxero_dagster.assets.describing import rows_metadata, table
from cwxero_dagster.payables.money import moneys_text
from cwxero_dagster.pipeline import answering, news, reporting
from cwxero_dagster.resources import Firm, in_words

NOT_TAKEN = "not_taken"
"""Metadata of ``workbook_answers``: why answers were not taken, by case, or by row or pattern of the parallel run."""


def pack_assets(cycles: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets, for these billing cycles."""

    @dg.asset(group_name="review", owners=["team:finance"], kinds={"excel"})
    def workbook_answers(firm: Firm) -> dg.MaterializeResult[Any]:
        """Answers that people wrote into the workbooks of earlier packs, taken before the bills are put together."""
        with in_words():
            found = answering.take_all(firm.session)
        rows = [{"taken": "yes", "what": words} for words in found.taken]
        rows += [{"taken": "no", "what": f"{about}: {why}"} for about, why in found.refused.items()]
        refused = {NOT_TAKEN: dg.MetadataValue.json(dict(found.refused))} if found.refused else {}
        return dg.MaterializeResult(metadata=rows_metadata(rows, ("taken", "what"), **refused))

    @dg.asset(
        group_name="review",
        owners=["team:finance"],
        kinds={"excel"},
        partitions_def=cycles,
        deps=["open_cases"],
    )
    def review_pack(context: dg.AssetExecutionContext, firm: Firm) -> dg.MaterializeResult[Any]:
        """One workbook and one page of the cycle: the tie-out line, what is in Xero, held or waiting, and trends."""
        with in_words():
            files = reporting.write_pack(firm.session, context.partition_key)
            news.write_news(firm.session)
        return dg.MaterializeResult(metadata=pack_metadata(files))

    return [workbook_answers, review_pack]


def pack_metadata(files: reporting.PackFiles) -> dict[str, Any]:
    """What the UI shows of a pack: where the files are, the figures that matter, and the tie-out line."""
    pack = files.pack
    lines = [
        {"currency": line.currency_code, "what": what, "amount": amount}
        for line in pack.tie_out
        for what, amount in (
            ("due", line.due),
            ("no longer due", line.no_longer_due),
            ("left as written", line.left),
            ("changed in Xero", line.changed),
            *line.places.items(),
            ("unexplained", line.unexplained),
        )
        if amount or what in {"due", "unexplained"}
    ]
    figures: dict[str, Any] = {}
    if pack.parallel:
        figures["parallel_run"] = f"{'ready' if pack.parallel.ready else 'not ready'}; {pack.parallel.standing}"
    return {
        **figures,
        "workbook": dg.MetadataValue.path(files.workbook),
        "page": dg.MetadataValue.path(files.page),
        "in_xero": moneys_text(pack.xero_money),
        "held": moneys_text(pack.held_money),
        "bills_held": sum(question.bills for question in pack.questions),
        "received_not_billed": moneys_text(pack.goods_money),
        "accrual_to_post": moneys_text(pack.accrual.money),
        "drafts_to_approve": moneys_text(pack.drafts_money),
        "tie_out": table(lines, ("currency", "what", "amount")),
    }
