"""What the tests of people share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.penstock.console.people.site import Site, a_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A console with local users."""
    made = a_site(tmp_path)
    yield made
    made.people.close()
