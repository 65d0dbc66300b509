"""A console whose people come from a provider, and the way there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.penstock.console.people.provider import CLIENT_ID, CLIENT_SECRET, LyingProvider
from tests.penstock.console.people.site import Browser, Clock, Site, a_site

PEOPLE = """
version: v1
groups:
  security: {roles: [senior_reviewer], teams: [security]}
people:
  ana@example.com: {roles: [policy_author]}
  boss@example.com: {roles: [admin], subject: 00u-boss}
"""


def site_with(provider: LyingProvider, folder: Path, **settings: Any) -> Site:
    """A console whose people come from the provider."""
    (folder / "people.yaml").write_text(PEOPLE)
    given: dict[str, Any] = {
        "console_local_users": False,
        "console_oidc_issuer": provider.issuer,
        "console_oidc_client_id": CLIENT_ID,
        "console_oidc_client_secret": CLIENT_SECRET,
        "console_people_file": folder / "people.yaml",
        **settings,
    }
    clock = provider.clock
    assert isinstance(clock, Clock)
    return a_site(folder, clock, **given)


def to_provider(browser: Browser, query: str = "?next=%2Fapprovals") -> str:
    """Where the browser is sent to sign in."""
    answer = browser.get(f"/sign-in/provider{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(browser: Browser, brought: dict[str, str]) -> int:
    """The browser comes back; the status of what it gets."""
    return browser.get(f"/sign-in/callback?{urlencode(brought)}").status_code


def sign_in(provider: LyingProvider, browser: Browser, query: str = "?next=%2Fapprovals") -> int:
    """All the way; the status at the end."""
    return back(browser, provider.approve(to_provider(browser, query)))
