"""Signing in with an OpenID provider: an honest one, one that lies, and a browser that brings back the wrong thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.responses import JSONResponse

from penstock.console.people.oidc import FAILED_AGAIN_MS, KEYS_AGAIN_MS
from policies.approval_documents import Role
from tests.penstock.console.people.oidc_site import back, sign_in, to_provider
from tests.penstock.console.people.provider import (
    CLIENT_ID,
    KINDS,
    LyingProvider,
    changed_after_signing,
    redirecting,
    rsa_key,
    shifted,
    signed_as,
    signed_by_another,
    signed_with_public_key,
    text_of,
    unsigned,
    with_claims,
)
from tests.penstock.console.people.site import URL, Browser, Site


@pytest.fixture
def site(oidc_site: Site) -> Site:
    """The console of these tests has a provider."""
    return oidc_site


def test_person_whom_the_provider_vouches_for_is_in_with_roles_of_groups_and_name(
    provider: LyingProvider, site: Site
) -> None:
    browser = site.browser()
    assert sign_in(provider, browser) == 200
    # The strict cookie does not travel on this way: a page leads on, no redirect.
    assert browser.last is not None
    assert '<meta http-equiv="refresh" content="0; url=/approvals">' in browser.last.text

    found = site.people.identify(browser.session)
    assert found is not None
    assert (found.person.id, found.person.name) == ("ana@example.com", "Ana")
    assert found.person.subject == (provider.issuer, "00u-ana")
    assert found.person.roles == {Role.SENIOR_REVIEWER, Role.POLICY_AUTHOR}
    assert found.person.teams == ("security",)
    assert browser.get("/approvals").status_code == 200
    assert site.events() == ["person_bound", "signed_in"]


def test_browser_is_sent_with_pkce_state_and_nonce_that_are_new_each_time(provider: LyingProvider, site: Site) -> None:
    asked = [parse_qs(urlsplit(to_provider(site.browser())).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43
    assert asked[0]["redirect_uri"] == ["https://127.0.0.1:9480/sign-in/callback"]
    assert asked[0]["scope"] == ["openid profile email"]
    assert "max_age" not in asked[0]


def test_login_cookie_is_lax_sealed_and_short_lived(provider: LyingProvider, site: Site) -> None:
    browser = site.browser()
    to_provider(browser)
    assert browser.last is not None
    cookie = browser.last.headers["set-cookie"]
    assert re.match(r"__Host-penstock-login=[A-Za-z0-9_=-]+; ", cookie)
    assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=600", "Path=/"} <= set(cookie.split("; "))
    state = parse_qs(urlsplit(browser.last.headers["location"]).query)["state"][0]
    assert state not in cookie


@pytest.mark.parametrize("algorithm", KINDS)
def test_signature_of_every_kind_that_we_know_counts(provider: LyingProvider, site: Site, algorithm: str) -> None:
    provider.key = KINDS[algorithm]()
    provider.sign = lambda p, claims: jwt.encode({"alg": algorithm, "kid": "k"}, claims, p.key, algorithms=[algorithm])
    assert sign_in(provider, site.browser()) == 200


LIES: dict[str, tuple[str, dict[str, Any]]] = {
    "wrong audience": ("audience", {"claims": with_claims(aud="another-client")}),
    "no audience": ("audience", {"claims": with_claims(aud=None)}),
    "several audiences without a party": ("audience", {"claims": with_claims(aud=[CLIENT_ID, "other"])}),
    "another party": ("audience", {"claims": with_claims(aud=[CLIENT_ID, "other"], azp="other")}),
    "another party alone": ("audience", {"claims": with_claims(azp="other")}),
    "wrong issuer": ("issuer", {"claims": with_claims(iss="http://127.0.0.1:1")}),
    "list of issuers": ("issuer", {"claims": lambda c: {**c, "iss": [c["iss"]]}}),
    "wrong nonce": ("nonce", {"claims": with_claims(nonce="another")}),
    "no nonce": ("nonce", {"claims": with_claims(nonce=None)}),
    "expired": ("expired", {"claims": shifted(exp=-61)}),
    "no end": ("malformed", {"claims": with_claims(exp=None)}),
    "end is text": ("malformed", {"claims": with_claims(exp="tomorrow")}),
    "end is true": ("malformed", {"claims": with_claims(exp=True)}),
    "made in the future": ("not_yet", {"claims": shifted(iat=61)}),
    "valid in the future": ("not_yet", {"claims": shifted(nbf=61)}),
    "made long ago": ("too_old", {"claims": shifted(iat=-661)}),
    "nobody signed": ("algorithm", {"sign": unsigned}),
    "public key as a secret": ("algorithm", {"sign": signed_with_public_key}),
    "another key by the same name": ("signature", {"sign": signed_by_another}),
    "unknown key": ("unknown_key", {"sign": signed_as("unheard-of")}),
    "changed after signing": ("signature", {"sign": changed_after_signing}),
    "no token at all": ("malformed", {"sign": lambda *_: "a.b.c"}),
    "encrypted": ("malformed", {"sign": lambda *_: "a.b.c.d.e"}),
    "another access token": ("access_token", {"claims": with_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA")}),
    "no subject": ("subject", {"claims": with_claims(sub=None)}),
    "empty subject": ("subject", {"claims": with_claims(sub="")}),
    "subject of other letters": ("subject", {"claims": with_claims(sub="00u-аna")}),
    "address that nobody verified": ("name_not_verified", {"claims": with_claims(email_verified=False)}),
    "address verified in words": ("name_not_verified", {"claims": with_claims(email_verified="true")}),
    "no address": ("no_name", {"claims": with_claims(email=None)}),
    "name of other letters": ("user_refused", {"claims": with_claims(email="аna@example.com")}),
    "name that belongs to another subject": ("name_taken", {"claims": with_claims(email="boss@example.com")}),
    "answer without a token": ("no_token", {"answer": lambda _: JSONResponse({"access_token": "x"})}),
    "answer with an error": ("refused", {"answer": lambda _: JSONResponse({"error": "no"}, status_code=400)}),
    "answer that is no JSON": ("refused", {"answer": text_of("<html>")}),
    "answer that failed": ("unreachable", {"answer": text_of("oops", 500)}),
    "answer that sends elsewhere": ("unreachable", {"answer": redirecting}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_provider_that_lies_lets_nobody_in(provider: LyingProvider, site: Site, lie: str) -> None:
    why, changes = LIES[lie]
    for name, value in changes.items():
        setattr(provider, name, value)
    browser = site.browser()

    assert sign_in(provider, browser) == 422

    assert browser.session is None
    assert browser.last is not None and "Signing in did not work" in browser.last.text
    assert why not in browser.last.text
    assert [(entry.event.value, entry.detail) for entry in site.journal()] == [("sign_in_failed", why)]


@pytest.mark.parametrize("within", [shifted(exp=-59), shifted(iat=59), shifted(nbf=59)])
def test_clocks_may_differ_by_a_minute(provider: LyingProvider, site: Site, within: Callable[..., Any]) -> None:
    provider.claims = within
    assert sign_in(provider, site.browser()) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "another"},
        {"state": ""},
        {"code": ""},
        {"code": "code-99"},
        {"iss": "https://another.example"},
        {"error": "access_denied", "code": ""},
    ],
    ids=str,
)
def test_browser_that_brings_back_something_else_is_not_in(
    provider: LyingProvider, site: Site, wrong: dict[str, str]
) -> None:
    browser = site.browser()
    brought = provider.approve(to_provider(browser))

    assert back(browser, {**brought, **wrong}) == 422
    assert browser.session is None
    # The attempt is over: the right answer after a wrong one is too late.
    assert back(browser, brought) == 422


def test_callback_that_is_played_again_lets_nobody_in(provider: LyingProvider, site: Site) -> None:
    browser = site.browser()
    brought = provider.approve(to_provider(browser))
    cookie = browser.client.cookies.get("__Host-penstock-login")
    assert back(browser, brought) == 200
    assert browser.client.cookies.get("__Host-penstock-login") is None

    for code in (brought["code"], provider.approve(f"{provider.issuer}/authorize?{_query(browser, site)}")["code"]):
        thief = site.browser()
        thief.client.cookies.set("__Host-penstock-login", str(cookie), domain="127.0.0.1")
        assert back(thief, {**brought, "code": code}) == 422
        assert thief.session is None
    assert site.journal()[-1].detail == "no_attempt"


def _query(browser: Browser, site: Site) -> str:
    return urlsplit(to_provider(site.browser())).query


def test_callback_in_another_browser_or_too_late_lets_nobody_in(provider: LyingProvider, site: Site) -> None:
    victim, attacker = site.browser(), site.browser()
    brought = provider.approve(to_provider(attacker))
    to_provider(victim)
    assert back(victim, brought) == 422
    assert back(site.browser(), brought) == 422

    late = site.browser()
    brought = provider.approve(to_provider(late))
    site.clock.pass_s(600)
    assert back(late, brought) == 422


def test_login_cookie_that_is_not_ours_opens_nothing(provider: LyingProvider, site: Site) -> None:
    for cookie in ("", "x", "AAAA" * 40, "=" * 5000, "\u00e9"):
        assert site.people.attempts.opened(cookie, state="") is None


def test_coming_back_in_vain_too_often_is_slowed_down(provider: LyingProvider, site: Site) -> None:
    browser = site.browser()
    statuses = [back(browser, {"state": "x", "code": "y"}) for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


def test_keys_that_the_provider_changes_are_followed_and_not_asked_for_without_end(
    provider: LyingProvider, site: Site
) -> None:
    assert sign_in(provider, site.browser()) == 200
    provider.key = rsa_key("second")
    provider.asked.clear()

    assert sign_in(provider, site.browser()) == 422
    assert provider.asked == ["token"]
    site.clock.pass_s(KEYS_AGAIN_MS / 1000)
    assert sign_in(provider, site.browser()) == 200
    provider.sign = signed_as("third")
    for _ in range(3):
        sign_in(provider, site.browser())
    assert provider.asked.count("keys") == 1
    assert provider.asked.count("description") == 0


def test_key_that_is_for_encryption_signs_nothing(provider: LyingProvider, site: Site) -> None:
    provider.published = [RSAKey.import_key({**provider.key.as_dict(private=False), "use": "enc"})]
    assert sign_in(provider, site.browser()) == 422
    assert site.journal()[-1].detail == "unknown_key"


@pytest.mark.parametrize(
    "description",
    [
        lambda d: JSONResponse({**d, "issuer": d["issuer"] + "/"}),
        lambda d: JSONResponse({**d, "token_endpoint": "http://evil.example/token"}),
        lambda d: JSONResponse({**d, "authorization_endpoint": "javascript:alert(1)"}),
        lambda d: JSONResponse({name: value for name, value in d.items() if name != "jwks_uri"}),
        lambda d: JSONResponse([d]),
        text_of("no JSON"),
        text_of("gone", 404),
        lambda d: JSONResponse({**d, "more": "a" * 2_000_000}),
        redirecting,
    ],
)
def test_provider_that_describes_itself_wrongly_is_not_gone_to(
    provider: LyingProvider, site: Site, description: Callable[..., Any]
) -> None:
    provider.description = description
    answer = site.browser().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "Signing in did not work" in answer.text
    # It is left alone for a moment, and asked again after that.
    assert site.browser().get("/sign-in/provider").status_code == 503
    assert provider.asked == ["description"]
    provider.description = JSONResponse
    site.clock.pass_s(FAILED_AGAIN_MS / 1000)
    assert site.browser().get("/sign-in/provider").status_code == 303


def test_attempt_opens_for_its_own_state_alone(site: Site) -> None:
    attempts = site.people.attempts
    journey = attempts.begin(redirect_uri=f"{URL}/sign-in/callback", to="/approvals")
    sealed = attempts.sealed(journey)
    assert attempts.opened(sealed, state="another") is None
    assert attempts.opened(sealed, state=journey.attempt.state) == journey
    assert attempts.opened(sealed, state=journey.attempt.state) is None
