"""Who somebody is whom a provider vouches for: names, roles, confirmation, and a provider that others have written."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from policies.approval_documents import Role
from streams.clock import wall_clock_ms
from tests.penstock.console.people.oidc_site import PEOPLE, back, sign_in, site_with, to_provider
from tests.penstock.console.people.provider import CLIENT_ID, CLIENT_SECRET, LyingProvider, shifted, with_claims
from tests.penstock.console.people.site import Clock, Site, a_site


@pytest.fixture
def site(oidc_site: Site) -> Site:
    """The console of these tests has a provider."""
    return oidc_site


def test_name_stays_with_the_first_subject_that_came_under_it(provider: LyingProvider, site: Site) -> None:
    assert sign_in(provider, site.browser()) == 200
    provider.claims = with_claims(sub="00u-mallory")
    assert sign_in(provider, site.browser()) == 422
    assert site.journal()[-1].detail == "name_taken"

    # Who changes their own address goes on under the name they have, and does not become a second person.
    provider.claims = with_claims(email="ana.new@example.com")
    browser = site.browser()
    assert sign_in(provider, browser) == 200
    found = site.people.identify(browser.session)
    assert found is not None and found.person.id == "ana@example.com"

    site.people.users.reset("ana@example.com", by="test")
    assert browser.get("/me").status_code == 303
    provider.claims = with_claims(sub="00u-mallory")
    assert sign_in(provider, site.browser()) == 200


def test_disabled_person_is_not_let_in_by_the_provider(provider: LyingProvider, site: Site) -> None:
    browser = site.browser()
    sign_in(provider, browser)
    site.people.users.disable("ana@example.com", by="test")

    assert browser.get("/me").status_code == 303
    assert sign_in(provider, site.browser()) == 422
    assert site.journal()[-1].detail == "disabled"


def test_confirmation_asks_the_provider_for_a_new_sign_in_and_needs_its_time(
    provider: LyingProvider, site: Site
) -> None:
    browser = site.browser()
    sign_in(provider, browser)
    assert browser.get("/fresh").text == "stale"
    browser.get("/me")
    away = browser.post("/fresh", referer="https://127.0.0.1:9480/fresh")
    assert away.headers["location"] == "/sign-in/again?next=%2Ffresh"
    assert "/sign-in/provider?next=%2Ffresh&amp;again=1" in browser.get("/sign-in/again?next=%2Ffresh").text
    before = browser.session

    for claims, status in (
        (with_claims(auth_time=None), 422),
        (shifted(auth_time=-61), 422),
        (with_claims(sub="00u-other", email="other@example.com"), 422),
        (lambda claims: claims, 200),
    ):
        provider.claims = claims
        address = to_provider(browser, "?next=%2Ffresh&again=1")
        assert "max_age=0" in address and "prompt=login" in address
        assert back(browser, provider.approve(address)) == status
    assert browser.session != before
    assert browser.get("/fresh").text == "fresh"
    assert site.events().count("confirmation_failed") == 3
    assert site.events()[-1] == "confirmed"
    assert site.people.sessions.count("ana@example.com") == 1


def test_who_was_let_in_by_a_provider_that_was_replaced_is_out(provider: LyingProvider, tmp_path: Path) -> None:
    first = site_with(provider, tmp_path)
    browser = first.browser()
    sign_in(provider, browser)
    first.people.close()

    second = site_with(provider, tmp_path, console_oidc_issuer="https://another.example")
    assert second.people.identify(browser.session) is None
    second.people.close()


def test_without_the_file_of_groups_nobody_has_a_role(provider: LyingProvider, tmp_path: Path) -> None:
    site = site_with(provider, tmp_path, console_people_file=None)
    browser = site.browser()
    assert sign_in(provider, browser) == 200
    found = site.people.identify(browser.session)
    assert found is not None and found.person.roles == frozenset()
    assert "No role is yours yet" in browser.get("/me").text
    assert browser.get("/secret").status_code == 403
    site.people.close()


# The provider still uses what is on its way out of Authlib; the console does not.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_people_come_in_by_a_provider_that_others_have_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import oidc_provider_mock

    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    user = oidc_provider_mock.User(
        sub="ana", claims={"email": "ana@example.com", "email_verified": True, "groups": ["security"]}
    )
    with oidc_provider_mock.run_server_in_thread(user_claims=(user,), require_nonce=True) as mock:
        (tmp_path / "people.yaml").write_text(PEOPLE)
        site = a_site(
            tmp_path,
            Now(),
            console_local_users=False,
            console_oidc_issuer=f"http://localhost:{mock.server_port}",
            console_oidc_client_id=CLIENT_ID,
            console_oidc_client_secret=CLIENT_SECRET,
            console_people_file=tmp_path / "people.yaml",
        )
        browser = site.browser()
        for query in ("?next=%2Fapprovals", "?next=%2Ffresh&again=1"):
            approved = httpx2.post(to_provider(browser, query), data={"sub": "ana"}, follow_redirects=False)
            brought = parse_qs(urlsplit(approved.headers["location"]).query)
            assert back(browser, {name: values[0] for name, values in brought.items()}) == 200
        found = site.people.identify(browser.session)
        assert found is not None
        assert (found.person.id, found.person.roles) == (
            "ana@example.com",
            frozenset({Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR}),
        )
        assert browser.get("/fresh").text == "fresh"
        site.people.close()


class Now(Clock):
    """The real time, as the other side has it."""

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return wall_clock_ms()
