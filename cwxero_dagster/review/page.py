"""The page of the review pack: one file without network that a finance lead reads in five minutes.

What belongs here: choosing what the page shows, and rendering it. What does not: the figures (payables/reports), how
it looks (templates). Everything that ConnectWise or Xero says is escaped by the template engine,
and none of it turns the direction of writing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import jinja2

from cwxero_dagster.payables.comparison import result as comparison
from cwxero_dagster.payables.money import by_currency, money_text, moneys_text, plain
from cwxero_dagster.payables.records import ZERO
from cwxero_dagster.payables.reports.bills import (
    HELD,
    IN_QUESTION,
    IN_XERO,
    KEPT_OUT,
    PLACES,
    TO_PUBLISH,
    WITHDRAWN,
    CycleFigures,
)
from cwxero_dagster.payables.reports.pack import ReviewPack
from cwxero_dagster.payables.reports.parallel import STATUS
from cwxero_dagster.payables.wording import counted, unturned
from cwxero_dagster.review import charts
from cwxero_dagster.review.files import in_place

SHOWN = 12
"""Rows of a list on the page; the workbook holds all of them."""
_WHOLE = "next"
_TOGETHER = "\N{NO-BREAK SPACE}"
_BEFORE_CURRENCY = re.compile(r" (?=[A-Z]{3}\b)")
COLOURS = {
    IN_XERO: "good",
    IN_QUESTION: "ask",
    TO_PUBLISH: "next",
    HELD: "held",
    KEPT_OUT: "quiet",
    WITHDRAWN: "gone",
}


@dataclass(frozen=True)
class VendorRow:
    """What stands in Xero for one vendor."""

    vendor: str
    bills: int
    money: Mapping[str, Decimal]


def write_page(pack: ReviewPack, path: Path, *, workbook: str) -> None:
    """Write the page to ``path``; it appears whole or not at all. ``workbook`` is the file name it links to."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def money(figures: Mapping[str, Decimal]) -> str:
        return _BEFORE_CURRENCY.sub(_TOGETHER, moneys_text(figures, pack.base_currency))

    def apart(figures: Mapping[str, Decimal], before: str = "") -> tuple[str, str]:
        """Money in the first currency, and in the others, which stand in a line of their own."""
        first, _, others = money(figures).partition(", ")
        return f"{before}{first}", others

    environment.filters["in_base"] = lambda row: in_currency(row, pack.base_currency)
    environment.filters["reach"] = lambda figures: sum(max(figure, ZERO) for figure in figures.values())
    text = environment.get_template("review.html").render(
        pack=pack,
        workbook=workbook,
        amount=money_text,
        counted=counted,
        money=money,
        apart=apart,
        of=lambda number, one, figures: apart(figures, f"{counted(number, one)}, ") if number else ("none", ""),
        figure=lambda value, currency: _BEFORE_CURRENCY.sub(_TOGETHER, money_text(value, currency)),
        share=lambda percent: f"{plain(percent, most=1)}{_TOGETHER}%",
        lengths=charts.lengths,
        parts=parts,
        places=PLACES,
        colours=COLOURS,
        vendors=vendors(pack),
        shown=SHOWN,
        ties=all(line.unexplained == 0 for line in pack.tie_out),
        base=pack.base_currency,
        zero=ZERO,
        together=together,
        bridge=bridge,
        kinds=comparison.KINDS,
        statuses=STATUS,
    )
    with in_place(path) as fresh:
        fresh.write_text(unturned(text), encoding="utf-8")


def in_currency(row: CycleFigures, currency: str) -> dict[str, Decimal]:
    """A cycle's money in one currency, by place."""
    return {place: money.get(currency, ZERO) for place, money in row.money.items()}


def together(rows: Sequence[VendorRow]) -> Mapping[str, Decimal]:
    """The money of several vendors, by currency."""
    return by_currency(item for row in rows for item in row.money.items())


def parts(figures: Mapping[str, Decimal | int], whole: int | None = None) -> list[tuple[str, charts.Piece]]:
    """The bar of what stands where: colour and piece of each place that has any."""
    pieces = charts.stacked([figures.get(place, 0) for place in PLACES], whole)
    return [(COLOURS[place], piece) for place, piece in zip(PLACES, pieces, strict=True) if piece.length]


@dataclass(frozen=True)
class Step:
    """One step of the parallel run's tie-out line."""

    words: str
    figure: Decimal
    colour: str
    piece: charts.Piece

    @property
    def whole(self) -> bool:
        """One side as a whole."""
        return self.colour == _WHOLE


def bridge(tie: comparison.TieOut) -> list[Step]:
    """The parallel run's tie-out line, drawn from your bills to the sync's."""
    common = tie.keyed - tie.only_keyed
    joined = common + tie.only_sync
    steps = (
        ("Your bills", tie.keyed, _WHOLE, (ZERO, tie.keyed)),
        ("less only yours", -tie.only_keyed, "held", (tie.keyed, common)),
        ("plus only the sync's", tie.only_sync, "good", (common, joined)),
        ("plus differences", tie.differences, "ask", (joined, joined + tie.differences)),
        ("The sync's bills", tie.sync, _WHOLE, (ZERO, tie.sync)),
    )
    pieces = charts.bridge([levels for *_, levels in steps])
    return [Step(words, figure, colour, piece) for (words, figure, colour, _), piece in zip(steps, pieces, strict=True)]


def vendors(pack: ReviewPack) -> list[VendorRow]:
    """What was published, by vendor, largest first in the organisation's own currency."""
    groups: dict[str, list[tuple[str, Decimal]]] = {}
    for bill in pack.bills:
        if bill.is_in_xero:
            groups.setdefault(bill.vendor, []).append(bill.stands)
    rows = [VendorRow(vendor, len(found), by_currency(found)) for vendor, found in groups.items()]
    return sorted(rows, key=lambda row: (-row.money.get(pack.base_currency, Decimal(0)), row.vendor))
