"""What stands before every page: each way to be refused is a row."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from penstock.console.people.csrf import Distrust, distrust_of_form, distrust_of_headers
from penstock.console.people.guards import BODY_BYTES, SignedIn
from penstock.console.people.headers import CONTENT_SECURITY_POLICY
from policies.approval_documents import Role
from tests.penstock.console.people.site import CANARY, HOST, OWN, URL, Browser, Site, a_site

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def browser(site: Site) -> Browser:
    """Somebody who is signed in, with a form open."""
    site.user("ana", Role.REVIEWER)
    made = site.browser()
    made.sign_in()
    made.get("/approvals")
    return made


REFUSED: dict[str, dict[str, str | None]] = {
    "from another site": {"sec-fetch-site": "cross-site"},
    "from a neighbour": {"sec-fetch-site": "same-site"},
    "typed or from a bookmark": {"sec-fetch-site": "none"},
    "from another origin": {"origin": "https://evil.example"},
    "from another port": {"origin": "https://127.0.0.1:9999"},
    "from plain http": {"origin": f"http://{HOST}"},
    "from a sandbox": {"origin": "null"},
    "from a look-alike": {"origin": f"{URL}.evil.example"},
    "from nowhere": {"origin": None, "sec-fetch-site": None},
    "as JSON": {"content-type": "application/json"},
    "as text": {"content-type": "text/plain"},
    "as parts": {"content-type": "multipart/form-data; boundary=x"},
    "as nothing": {"content-type": None},
}


@pytest.mark.parametrize("why", REFUSED)
def test_form_that_a_page_of_ours_did_not_send_changes_nothing(site: Site, browser: Browser, why: str) -> None:
    headers = {name: value for name, value in {**OWN, **FORM, **REFUSED[why]}.items() if value is not None}
    answer = browser.client.post("/approvals/act", content=f"csrf={browser.csrf}&verdict=approve", headers=headers)
    assert (answer.status_code, site.seen) == (403, [])


@pytest.mark.parametrize(
    "body",
    ["verdict=approve", "csrf=&verdict=approve", "csrf={}x", "csrf=wrong&csrf={}", "csrf={}&csrf={}", "CSRF={}", "",
     "csrf={}&x=%ff%fe&" + "a=b&" * 1001, "\xff", "csrf=é"],
)  # fmt: skip
def test_form_without_exactly_the_token_of_the_session_changes_nothing(site: Site, browser: Browser, body: str) -> None:
    content = body.replace("{}", browser.csrf).encode("latin-1")
    answer = browser.client.post("/approvals/act", content=content, headers={**OWN, **FORM})
    assert answer.status_code in (403, 409)
    assert site.seen == []


def test_token_of_another_session_or_of_a_visit_changes_nothing(site: Site, browser: Browser) -> None:
    other, visitor = site.browser(), site.browser()
    other.sign_in()
    other.get("/approvals")
    visitor.get("/sign-in")
    for token in (other.csrf, visitor.csrf):
        assert re.fullmatch(r"[0-9a-f]{64}", token)
        answer = browser.send("/approvals/act", {"csrf": token, "verdict": "approve"})
        assert (answer.status_code, "older than your sign-in" in answer.text) == (409, True)
    assert site.seen == []


def test_form_of_our_own_page_arrives_as_it_was_sent(site: Site, browser: Browser) -> None:
    assert browser.post("/approvals/act", {"verdict": "approve & more ü"}).text == "done"
    assert site.seen == ["approve & more ü"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "SEARCH"])
def test_no_other_method_is_answered(site: Site, browser: Browser, method: str) -> None:
    answer = browser.client.request(method, "/approvals", headers=OWN)
    assert answer.status_code == 405


def test_sign_in_of_somebody_else_cannot_be_sent_by_another_site(site: Site) -> None:
    site.user("mallory")
    attacker, victim = site.browser(), site.browser()
    attacker.get("/sign-in")
    fields = {"csrf": attacker.csrf, "id": "mallory", "password": "the heron waits for low tide"}
    assert victim.send("/sign-in", fields).headers["location"] == "/sign-in"
    victim.get("/sign-in")
    assert victim.send("/sign-in", {**fields, "csrf": victim.csrf}, origin="https://evil.example").status_code == 403
    assert victim.session is None


@given(
    site=st.sampled_from([None, "same-origin", "same-site", "cross-site", "none", ""]),
    origin=st.sampled_from([None, URL, "null", "https://evil.example", URL + ":1", URL.upper()]),
    kind=st.sampled_from([None, "application/x-www-form-urlencoded", "text/plain", "application/json"]),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
)
def test_only_reading_or_a_form_that_the_browser_calls_our_own_is_trusted(
    site: str | None, origin: str | None, kind: str | None, method: str
) -> None:
    given_headers = {"sec-fetch-site": site, "origin": origin, "content-type": kind}
    headers = {name: value for name, value in given_headers.items() if value is not None}
    is_trusted = distrust_of_headers(method, headers, {URL}) is None
    is_reading = method in ("GET", "HEAD")
    is_own = (site, origin) in {("same-origin", URL), ("same-origin", None), (None, URL)}
    assert is_trusted == (is_reading or (method == "POST" and is_own and kind == FORM["content-type"]))


@given(st.binary(max_size=200), st.one_of(st.none(), st.just("a" * 64)))
def test_no_body_makes_the_reader_raise_or_is_trusted_without_the_token(body: bytes, expected: str | None) -> None:
    if distrust_of_form(body, expected) is None:
        assert expected is not None and f"csrf={expected}".encode() in body


@given(st.text(min_size=1, max_size=70), st.text(min_size=1, max_size=70))
def test_token_is_trusted_exactly_when_it_is_the_expected_one(token: str, expected: str) -> None:
    body = f"a=b&csrf={quote(token, safe='')}&c=d".encode()
    assert (distrust_of_form(body, expected) is None) == (token == expected)
    assert distrust_of_form(body, None) in (Distrust.OTHER_TOKEN, Distrust.NO_TOKEN)


@pytest.mark.parametrize("path", ["/sign-in", "/approvals", "/secret", "/failing", "/nothing", "/static/style.css"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_every_answer_has_every_header(site: Site, browser: Browser, path: str, is_signed_in: bool) -> None:
    headers = (browser if is_signed_in else site.browser()).get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "camera=()" in headers["permissions-policy"]
    is_static = path.startswith("/static/")
    assert ("immutable" if is_static else "no-store") in headers["cache-control"]


def test_plain_http_of_loopback_promises_no_https(tmp_path: Path) -> None:
    site = a_site(tmp_path, console_url=None)
    answer = site.browser(base_url="http://localhost:9480").get("/sign-in")
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers
    site.people.close()


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:9480", True), ("127.0.0.1", True), ("evil.example", False), ("localhost:9480", False), ("", False),
        ("127.0.0.1.evil.example", False), ("console.internal", True), ("127.0.0.1:9480@evil.example", False),
    ],
)  # fmt: skip
def test_only_names_of_ours_are_answered(tmp_path: Path, host: str, is_known: bool) -> None:
    site = a_site(tmp_path, console_trusted_hosts="console.internal, other.internal")
    assert (site.browser().get("/sign-in", host=host).status_code == 200) is is_known
    site.people.close()


@pytest.mark.parametrize("host", ["localhost:9480", "127.0.0.1:9480", "[::1]:9480", "127.0.0.5:9480"])
def test_loopback_is_known_by_each_of_its_names(tmp_path: Path, host: str) -> None:
    site = a_site(tmp_path, console_url=None, console_host="127.0.0.5")
    assert site.browser(base_url="http://localhost:9480").get("/sign-in", host=host).status_code == 200
    site.people.close()


@pytest.mark.parametrize("is_told", [True, False])
def test_body_that_is_too_large_is_not_read_to_its_end(site: Site, browser: Browser, is_told: bool) -> None:
    pieces = 0

    def endless() -> object:
        nonlocal pieces
        while pieces < 100:
            pieces += 1
            yield b"a" * (BODY_BYTES // 4)

    length = {"content-length": str(BODY_BYTES * 25)} if is_told else {}
    answer = browser.client.post("/approvals/act", content=endless(), headers={**OWN, **FORM, **length})  # type: ignore[arg-type]
    assert (answer.status_code, site.seen) == (413, [])


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "99999999999"])
def test_length_that_is_none_is_refused(site: Site, browser: Browser, length: str) -> None:
    headers = {**OWN, **FORM, "content-length": length}
    assert browser.client.post("/approvals/act", content=b"a", headers=headers).status_code in (400, 413)


def test_page_that_fails_says_nothing_of_why_and_the_log_no_text(
    site: Site, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = browser.get("/failing")
    told = "".join(capsys.readouterr())
    assert answer.status_code == 500
    assert CANARY not in answer.text + told
    assert "page_failed" in told and "RuntimeError" in told and "_failing" in told


def test_forbidden_page_tells_nothing_and_stands_in_the_journal_once_a_minute(site: Site, browser: Browser) -> None:
    for _ in range(3):
        answer = browser.get("/secret")
        assert (answer.status_code, CANARY in answer.text) == (403, False)
    noted = [(entry.person, entry.detail) for entry in site.journal() if entry.event == "forbidden"]
    assert noted == [("ana", "_secret")]
    site.clock.pass_s(61)
    browser.get("/secret")
    assert site.events().count("forbidden") == 2


def test_what_needs_a_fresh_sign_in_asks_for_the_password_and_leads_back(site: Site, browser: Browser) -> None:
    assert browser.get("/fresh").text == "fresh"
    site.clock.pass_s(300)
    assert browser.get("/fresh").text == "stale"
    browser.get("/approvals")
    refused = browser.post("/fresh", referer=f"{URL}/approvals?a=1")
    assert (refused.status_code, refused.headers["location"]) == (303, "/sign-in/again?next=%2Fapprovals%3Fa%3D1")
    for_script = browser.post("/fresh", referer=f"{URL}/approvals?a=1", penstock_fragment="x")
    assert (for_script.status_code, for_script.headers["location"]) == (401, refused.headers["location"])

    before = browser.session
    browser.get(refused.headers["location"])
    assert browser.post("/sign-in/again", {"password": "wrong", "next": "/approvals?a=1"}).status_code == 422
    again = browser.post("/sign-in/again", {"password": "the heron waits for low tide", "next": "/approvals?a=1"})

    assert again.headers["location"] == "/approvals?a=1"
    assert browser.session not in (None, before)
    browser.get("/approvals")
    assert browser.post("/fresh").text == "fresh"
    assert site.events()[-2:] == ["confirmation_failed", "confirmed"]


def test_forms_in_other_tabs_go_on_working_after_a_confirmation(site: Site, browser: Browser) -> None:
    token = browser.csrf
    browser.get("/sign-in/again")
    browser.post("/sign-in/again", {"password": "the heron waits for low tide"})

    assert browser.send("/approvals/act", {"csrf": token, "verdict": "approve"}).status_code == 200
    browser.get("/me")
    browser.post("/sign-out")
    browser.sign_in()
    assert browser.send("/approvals/act", {"csrf": token, "verdict": "deny"}).status_code == 409
    assert site.seen == ["approve"]


def test_referer_of_another_site_leads_nowhere(site: Site, browser: Browser) -> None:
    site.clock.pass_s(300)
    answer = browser.post("/fresh", referer="https://evil.example/approvals")
    assert answer.headers["location"] == "/sign-in/again"


async def test_server_that_shares_its_state_leaks_nobody(site: Site, browser: Browser) -> None:
    shared: dict[str, object] = {"person": "somebody else"}
    seen: list[object] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["state"].get("person"))

    async def ignored(message: Message) -> None:
        return None

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    guard = SignedIn(page, people=site.people)
    for cookie in (f"__Host-penstock={browser.session}".encode(), b""):
        scope = {"type": "http", "method": "GET", "path": "/sign-in", "headers": [(b"cookie", cookie)], "state": shared}
        await guard(scope, nothing, ignored)
    assert [getattr(person, "id", person) for person in seen] == ["ana", None]
    assert shared == {"person": "somebody else"}


def test_nobody_is_there_for_another_protocol(site: Site) -> None:
    from starlette.websockets import WebSocketDisconnect

    with (
        pytest.raises(WebSocketDisconnect),
        site.browser().client.websocket_connect("/approvals", headers={"host": HOST}),
    ):
        pass
