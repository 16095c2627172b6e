"""Charts of the workbook, drawn by the spreadsheet program from the cells beside them.

What belongs here: how a chart looks. What does not: the cells (the modules that end in _sheets), the page's charts
(charts).
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.worksheet.worksheet import Worksheet

from cwxero_dagster.payables.reports.bills import HELD, IN_QUESTION, IN_XERO, KEPT_OUT, TO_PUBLISH, WITHDRAWN

COLOURS = {
    IN_XERO: "2A8F5B",
    IN_QUESTION: "C98A12",
    TO_PUBLISH: "3277C2",
    HELD: "C4483C",
    KEPT_OUT: "8A96A5",
    WITHDRAWN: "B9C2CC",
}
"""By place, as on the page."""
_WIDTH, _HEIGHT = 16.0, 8.5
"""Of a chart, in centimetres."""


def bars_of(sheet: Worksheet, title: str, names: int, figures: int, first: int, last: int) -> BarChart:
    """A lying bar for each row from ``first`` to ``last``: names and figures by column number."""
    chart = _chart(title, "bar")
    chart.add_data(Reference(sheet, min_col=figures, min_row=first, max_row=last))
    chart.set_categories(Reference(sheet, min_col=names, min_row=first, max_row=last))
    chart.legend = None
    chart.x_axis.scaling.orientation = "maxMin"
    (series,) = chart.series
    series.graphicalProperties.solidFill = "3277C2"
    series.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    return chart


def stacks_of(
    sheet: Worksheet, title: str, unit: str, columns: Sequence[int], places: Sequence[str], header: int, last: int
) -> BarChart:
    """A column for each cycle, stacked by place: column numbers of the figures; their headings are in ``header``."""
    chart = _chart(title, "col")
    chart.grouping, chart.overlap = "stacked", 100
    for column in columns:
        chart.add_data(Reference(sheet, min_col=column, min_row=header, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=header + 1, max_row=last))
    for series, place in zip(chart.series, places, strict=True):
        series.graphicalProperties.solidFill = COLOURS[place]
    chart.y_axis.title = unit
    chart.legend.position = "b"
    return chart


def _chart(title: str, direction: str) -> BarChart:
    chart = BarChart()
    chart.type, chart.title = direction, title
    chart.width, chart.height = _WIDTH, _HEIGHT
    chart.gapWidth = 60
    # Without this, newer versions of Excel draw no axes.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.numFmt = "#,##0"
    return chart
