"""Signing in with a password, and out, as a browser does it."""

from __future__ import annotations

import re

import pytest

from policies.approval_documents import Role
from tests.penstock.console.people.site import OTHER_PASSWORD, PASSWORD, Site


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(site: Site) -> None:
    site.user("ana", Role.REVIEWER)
    browser = site.browser()

    away = browser.get("/approvals?team=support")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Fapprovals%3Fteam%3Dsupport")
    browser.get(away.headers["location"])
    answer = browser.post("/sign-in", {"id": "ana", "password": PASSWORD, "next": "/approvals?team=support"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/approvals?team=support")
    assert "of ana" in browser.get("/approvals?team=support").text
    assert site.events()[-1] == "signed_in"


@pytest.mark.parametrize("path", ["/", "/approvals", "/me", "/password", "/secret", "/nothing-here", "/live"])
def test_nothing_but_sign_in_and_static_files_is_open(site: Site, path: str) -> None:
    assert site.browser().get(path).status_code == 303
    assert site.browser().get(path, penstock_fragment="x").status_code == 401


def test_script_whose_session_is_gone_is_told_where_to_sign_in(site: Site) -> None:
    for headers in ({"penstock_fragment": "list"}, {"accept": "text/event-stream"}):
        answer = site.browser().get("/approvals?a=1", **headers)
        assert (answer.status_code, answer.headers["location"]) == (401, "/sign-in?next=%2Fapprovals%3Fa%3D1")
    answer = site.browser().send(
        "/approvals/act", {"verdict": "approve"}, penstock_fragment="x", referer="https://127.0.0.1:9480/approvals?a=1"
    )
    assert (answer.status_code, answer.headers["location"]) == (401, "/sign-in?next=%2Fapprovals%3Fa%3D1")
    assert site.seen == []


def test_every_reason_not_to_let_somebody_in_looks_the_same(site: Site) -> None:
    site.user("ana")
    site.user("bo")
    site.people.users.disable("bo", by="test")
    one_time = site.people.users.add("cem", by="test")
    site.clock.pass_s(25 * 3600)

    bodies = set()
    for person_id, password in (("ana", "wrong"), ("nobody", PASSWORD), ("bo", PASSWORD), ("cem", one_time)):
        browser = site.browser()
        answer = browser.sign_in(person_id, password)
        assert answer.status_code == 422
        assert browser.session is None
        bodies.add(re.sub(r'value="[0-9a-f]{64}"', "", answer.text))
    assert len(bodies) == 1


def test_what_was_typed_into_the_wrong_field_is_written_nowhere(site: Site) -> None:
    site.browser().sign_in(OTHER_PASSWORD, "ana")

    assert [entry.person for entry in site.journal()] == [None]
    assert OTHER_PASSWORD.encode() not in b"".join(path.read_bytes() for path in site.people.file.path.parent.iterdir())


def test_one_time_password_has_to_be_replaced_before_anything_else(site: Site) -> None:
    one_time = site.people.first_user(teams=("support",))
    assert one_time is not None and re.fullmatch(r"[a-z2-7]{5}(-[a-z2-7]{5}){3}", one_time)
    assert site.people.first_user() is None
    browser = site.browser()
    assert browser.sign_in("admin", one_time, to="/approvals").status_code == 303

    assert browser.get("/approvals").headers["location"] == "/password?next=%2Fapprovals"
    assert browser.get("/me").status_code == 303
    browser.get("/password?next=%2Fapprovals")
    first = browser.session
    fields = {"current": one_time, "new": PASSWORD, "again": PASSWORD, "next": "/approvals"}
    assert browser.post("/password", fields).headers["location"] == "/approvals"

    assert browser.session not in (None, first)
    assert browser.get("/approvals").status_code == 200
    assert site.browser().sign_in("admin", one_time).status_code == 422
    assert site.browser().sign_in("ADMIN ", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"current": "wrong"}, "did not work"),
        ({"again": "something else entirely"}, "differ"),
        ({"new": "short", "again": "short"}, "at least 15"),
        ({"new": PASSWORD, "again": PASSWORD}, "the one you have"),
        ({"new": "ana-ana-ana-ana-ana", "again": "ana-ana-ana-ana-ana"}, "guessed"),
    ],
)
def test_password_that_is_not_changed_keeps_the_session_and_the_old_one(
    site: Site, fields: dict[str, str], told: str
) -> None:
    site.user("ana")
    browser = site.browser()
    browser.sign_in()
    browser.get("/password")

    answer = browser.post("/password", {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD, **fields})

    assert (answer.status_code, told in answer.text) == (422, True)
    assert browser.get("/me").status_code == 200
    assert site.browser().sign_in().status_code == 303


def test_new_password_ends_every_other_session(site: Site) -> None:
    site.user("ana")
    here, there = site.browser(), site.browser()
    here.sign_in()
    there.sign_in()
    here.get("/password")

    here.post("/password", {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD})

    assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)
    assert [event for event in site.events() if event == "password_changed"] == ["password_changed"] * 2


def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    site.user("ana")
    browser = site.browser()
    browser.sign_in()
    stolen = browser.session
    browser.get("/me")

    answer = browser.post("/sign-out")

    assert (answer.headers["location"], browser.session) == ("/sign-in", None)
    thief = site.browser()
    thief.client.cookies.set("__Host-penstock", str(stolen), domain="127.0.0.1")
    assert thief.get("/me").status_code == 303
    assert site.events()[-1] == "signed_out"


def test_signing_out_everywhere_ends_every_session_of_the_person_alone(site: Site) -> None:
    site.user("ana")
    site.user("bo")
    here, there, other = site.browser(), site.browser(), site.browser()
    here.sign_in()
    there.sign_in()
    other.sign_in("bo")
    here.get("/me")

    here.post("/sign-out/everywhere")

    assert [browser.get("/me").status_code for browser in (here, there, other)] == [303, 303, 200]


def test_signing_in_gives_a_new_session_and_ends_the_one_before(site: Site) -> None:
    site.user("ana")
    site.user("bo")
    browser = site.browser()
    browser.sign_in()
    first = browser.session
    browser.get("/me")

    browser.post("/sign-in", {"id": "bo", "password": PASSWORD})

    assert browser.session not in (None, first)
    assert "bo" in browser.get("/me").text
    assert site.people.sessions.count("ana") == 0


def test_session_id_from_outside_is_never_taken_over(site: Site) -> None:
    site.user("ana")
    browser = site.browser()
    planted = "A" * 43
    browser.client.cookies.set("__Host-penstock", planted, domain="127.0.0.1")

    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"id": "ana", "password": PASSWORD})

    assert f"__Host-penstock={planted}" not in answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert site.people.identify(planted) is None


def test_cookies_stay_on_this_host_over_https_and_out_of_scripts(site: Site) -> None:
    site.user("ana")
    browser = site.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", {"id": "ana", "password": PASSWORD})

    for cookie in [*answer.headers.get_list("set-cookie"), *browser.get("/sign-in").headers.get_list("set-cookie")]:
        name, _, rest = cookie.partition("=")
        assert name.startswith("__Host-")
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=strict"} <= set(rest.split("; "))
        assert "domain" not in rest.lower()


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "javascript:alert(1)", "evil",
        "/a//evil.example", "/%0d%0aset-cookie:x=1\r\n", "", "/sign-out", "/sign-in?next=/", "/" + "a" * 2000, "/ü",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere_after_signing_in(site: Site, to: str) -> None:
    site.user("ana")
    assert site.browser().sign_in(to=to).headers["location"] == "/"


def test_guessing_is_slowed_down_more_and_more_for_names_that_exist_and_others_alike(site: Site) -> None:
    site.user("ana")
    for person_id in ("ana", "nobody"):
        answers = [site.browser().sign_in(person_id, "wrong") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"] == "1"
    assert site.browser().sign_in("ana").status_code == 429

    site.clock.pass_s(1)
    assert site.browser().sign_in("ana", "wrong").status_code == 422
    assert site.browser().sign_in("ana").headers["retry-after"] == "2"
    site.clock.pass_s(2)
    assert site.browser().sign_in("ana").status_code == 303
    assert site.events().count("sign_in_throttled") == 3


def test_change_of_roles_and_disabling_count_at_once(site: Site) -> None:
    site.user("ana", Role.REVIEWER)
    browser = site.browser()
    browser.sign_in()
    assert browser.get("/me").status_code == 200

    site.people.users.change("ana", roles=[Role.VIEWER], by="test")
    assert browser.get("/me").status_code == 303
    browser.sign_in()
    site.people.users.disable("ana", by="test")
    assert browser.get("/me").status_code == 303


def test_own_page_says_who_one_is_and_what_one_may_do(site: Site) -> None:
    site.user("ana", Role.REVIEWER)
    browser = site.browser()
    browser.sign_in()

    text = browser.get("/me").text.split("<dialog")[0]  # the table of keys is the same for everybody

    assert "reveal a quarantined finding" in text
    assert "as it is" not in text
    assert "support" in text


def test_admin_sees_people_and_the_journal_and_nobody_else_does(site: Site) -> None:
    site.user("ana", Role.ADMIN)
    site.user("bo", Role.SENIOR_REVIEWER, Role.AUDITOR)
    admin, other = site.browser(), site.browser()
    other.sign_in("bo")
    assert other.get("/people").status_code == 403
    admin.sign_in("ana")
    site.browser().sign_in("ana", "wrong")

    text = admin.get("/people").text

    assert "sign in failed" in text and "can sign in" in text and "password changed" in text
    assert "Each record follows" in text
    with site.people.file.write() as db:
        db.execute("DROP TRIGGER journal_keeps_records")
        db.execute("UPDATE journal SET record = '{}' WHERE seq = 2")
    assert "Record 2 does not follow" in admin.get("/people").text
