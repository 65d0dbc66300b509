"""Every table that comes from the code stands in the documentation as the code has it."""

from __future__ import annotations

import pytest

from tests.docs.pages import blocks, cells, pages, text_of
from tests.docs.tables import TABLES

PLACES = {name: (page, body) for page in pages() for name, body in blocks(text_of(page)).items()}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_generated_table_is_up_to_date(name: str) -> None:
    page, body = PLACES[name]
    assert TABLES[name]().render(body) == body, f"{page.name}: run `python -m tests.docs`"


@pytest.mark.parametrize("name", sorted(name for name in TABLES if TABLES[name]().written))
def test_every_row_has_what_is_written_by_hand(name: str) -> None:
    _, body = PLACES[name]
    assert all(cell for row in cells(body) for cell in row)


def test_every_generated_table_of_the_pages_is_known() -> None:
    assert set(PLACES) == set(TABLES)
    assert sum(len(blocks(text_of(page))) for page in pages()) == len(TABLES)
