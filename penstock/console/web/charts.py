"""Charts as inline SVG, drawn on the server: no script, no style of their own, each with a title. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

# Size in the chart's own units; the page scales it.
WIDTH: Final = 640
HEIGHT: Final = 160
LEFT: Final = 44
BOTTOM: Final = 20
TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a bar chart: what it stands for, and how much."""

    name: str
    value: float


def bars(columns: Sequence[Column], *, title: str, chart_id: str, unit: str = "", limit: float | None = None) -> Markup:
    """Columns side by side from zero, with a dashed line at `limit` if there is one."""
    top = nice(max([column.value for column in columns] + ([limit] if limit else []), default=0.0))
    plot_height, plot_width = HEIGHT - BOTTOM - TOP, WIDTH - LEFT
    parts = [_open(title, chart_id), _axis(top, unit)]
    width = plot_width / max(1, len(columns))
    for number, column in enumerate(columns):
        height = plot_height * column.value / top
        x, y = LEFT + number * width, TOP + plot_height - height
        parts.append(
            Markup(
                '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
            ).format(x + width * 0.1, y, max(width * 0.8, 0.5), height, f"{column.name}: {amount(column.value)}{unit}")
        )
    parts += [_labels(columns, width)]
    if limit is not None:
        y = TOP + plot_height * (1 - limit / top)
        parts.append(Markup('<line class="target" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH, y, y))
    return Markup("").join([*parts, Markup("</svg>")])


def _labels(columns: Sequence[Column], width: float) -> Markup:
    """The first, the middle and the last column's name below the axis; all of them would overlap."""
    if not columns:
        return Markup("")
    shown = sorted({0, len(columns) // 2, len(columns) - 1})
    anchors = {0: "start", len(columns) - 1: "end"}
    return Markup("").join(
        Markup('<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            LEFT + (number + (0 if number == 0 else 1 if number == len(columns) - 1 else 0.5)) * width,
            HEIGHT - 5,
            anchors.get(number, "middle"),
            columns[number].name,
        )
        for number in shown
    )


def _open(title: str, chart_id: str) -> Markup:
    return Markup(
        '<svg class="chart" role="img" aria-labelledby="{0}-title" viewBox="0 0 {1} {2}" width="{1}" height="{2}">'
        '<title id="{0}-title">{3}</title>'
    ).format(chart_id, WIDTH, HEIGHT, title)


def _axis(top: float, unit: str) -> Markup:
    base = HEIGHT - BOTTOM
    return Markup(
        '<line class="axis" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
        '<text x="{3}" y="{4}" text-anchor="end">{5}</text><text x="{3}" y="{2}" text-anchor="end">0</text>'
    ).format(LEFT, WIDTH, base, LEFT - 4, TOP + 8, f"{amount(top)}{unit}")


def nice(largest: float) -> float:
    """The end of an axis: the next of 1, 2, 5 times a power of ten that holds `largest`; 1 for nothing."""
    if largest <= 0:
        return 1.0
    power = 1.0
    while power < largest:
        power *= 10
    while power / 10 >= largest:
        power /= 10
    for step in (power / 5, power / 2, power):
        if step >= largest:
            return step
    return power


def amount(value: float) -> str:
    """A figure in a chart: whole where it is whole, else with one or two digits."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:,.1f}"
