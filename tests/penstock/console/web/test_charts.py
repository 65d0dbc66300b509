"""Charts say in words what they show, stay inside their frame, and cannot be written into."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.console.web.charts import HEIGHT, WIDTH, Column, bars, nice

values = st.floats(min_value=0, max_value=1e12, allow_nan=False)


@given(st.lists(values, max_size=48), st.none() | st.floats(min_value=0.001, max_value=1e6))
def test_every_column_stays_inside_the_frame(figures: list[float], limit: float | None) -> None:
    columns = [Column(f"c{number}", figure) for number, figure in enumerate(figures)]
    svg = ET.fromstring(bars(columns, title="t", chart_id="c", limit=limit))  # noqa: S314 - our own text
    drawn = [element for element in svg if element.tag == "rect"]
    assert len(drawn) == len(figures)
    for rect in drawn:
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + width <= WIDTH + 0.1
        assert -0.1 <= y <= y + height <= HEIGHT + 0.1


@given(values)
def test_the_axis_holds_the_largest_value_and_is_not_far_above_it(largest: float) -> None:
    top = nice(largest)
    assert top >= largest
    assert largest == 0 or largest < 1 or top <= largest * 5.0001


def test_a_chart_has_a_title_for_those_who_cannot_see_it() -> None:
    text = bars([Column("09:00", 3)], title="Decided", chart_id="d")
    assert 'role="img"' in text
    assert '<title id="d-title">Decided</title>' in text
    assert "<title>09:00: 3</title>" in text


@pytest.mark.parametrize("name", ["<script>", '" onload="x', "&"])
def test_names_cannot_write_into_a_chart(name: str) -> None:
    text = bars([Column(name, 1)], title=name, chart_id="c")
    assert "<script>" not in text
    assert not re.search(r'"\s+onload', text)
