"""From where somebody asks: a header counts only as far as proxies that are believed have written it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from penstock.console.people.proxies import neighbourhood, networks_of, origin_of
from streams.settings import SettingsError
from tests.penstock.console.people.site import URL, Browser, a_site

PROXIES = networks_of("10.0.0.0/8, 192.0.2.7")


@pytest.mark.parametrize(
    ("client", "forwarded", "origin"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.1.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["1.2.3.4, 198.51.100.1, 192.0.2.7"], "198.51.100.1"),
        ("10.1.1.1", ["1.2.3.4", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.1.1.1", ["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["nonsense"], "10.1.1.1"),
        ("10.1.1.1", ["nonsense, 198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["[2001:db8::1]"], "2001:db8::1"),
        ("testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_nearest_address_that_is_no_believed_proxy_counts(client: str, forwarded: list[str], origin: str) -> None:
    assert origin_of(client, forwarded, PROXIES) == origin


@given(st.lists(st.text(max_size=20), max_size=5))
def test_whatever_the_header_says_without_proxies_the_connection_counts(lines: list[str]) -> None:
    assert origin_of("203.0.113.9", lines, ()) == "203.0.113.9"
    assert origin_of("203.0.113.9", lines, PROXIES) == "203.0.113.9"


@pytest.mark.parametrize("text", ["proxy.internal", "10.0.0.0/33", "10.0.0.1/8"])
def test_proxies_that_are_no_addresses_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        a_site(tmp_path, console_proxies=text)


def test_household_with_many_addresses_is_slowed_down_as_one() -> None:
    assert neighbourhood("2001:db8:1:2::1") == neighbourhood("2001:db8:1:2:ffff::9") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("unknown") == "unknown"


@pytest.mark.parametrize(("proxies", "address"), [("10.0.0.0/8", "198.51.100.1"), ("", "10.1.1.1")])
def test_journal_has_the_address_of_who_asked(tmp_path: Path, proxies: str, address: str) -> None:
    site = a_site(tmp_path, console_proxies=proxies)
    browser = Browser(TestClient(site.app, base_url=URL, client=("10.1.1.1", 5), follow_redirects=False))
    browser.get("/sign-in")
    browser.post("/sign-in", {"id": "ana", "password": "wrong"}, x_forwarded_for="1.2.3.4, 198.51.100.1")
    assert [entry.address for entry in site.journal()] == [address]
    site.people.close()
