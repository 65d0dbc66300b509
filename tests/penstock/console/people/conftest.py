"""What the tests of people share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.penstock.console.people.oidc_site import site_with
from tests.penstock.console.people.provider import LyingProvider, served
from tests.penstock.console.people.site import Clock, Site, a_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A console with local users."""
    made = a_site(tmp_path)
    yield made
    made.people.close()


@pytest.fixture(scope="module")
def server() -> Iterator[LyingProvider]:
    """One provider for all tests; what one changes is put back by `provider`."""
    with served(LyingProvider(Clock())) as made:
        yield made


@pytest.fixture
def provider(server: LyingProvider) -> Iterator[LyingProvider]:
    """A provider that is honest so far."""
    server.clock = Clock()
    honest = {name: getattr(server, name) for name in ("key", "claims", "sign", "answer", "description")}
    server.published, server.asked, server.attempts = [], [], {}
    yield server
    for name, value in honest.items():
        setattr(server, name, value)


@pytest.fixture
def oidc_site(provider: LyingProvider, tmp_path: Path) -> Iterator[Site]:
    """A console with the provider."""
    made = site_with(provider, tmp_path)
    yield made
    made.people.close()
