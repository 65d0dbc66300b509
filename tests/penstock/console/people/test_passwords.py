"""What is accepted as a password, how it is kept, and one-time passwords."""

from __future__ import annotations

import re
import threading

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.console.people import passwords
from penstock.console.people.passwords import (
    LEAST_CHARS,
    MOST_CHARS,
    BusyError,
    Hasher,
    PasswordError,
    checked,
    normal,
    one_time_password,
)
from tests.penstock.console.people.site import HASHER

REFUSED = [
    "", "short", "fourteen chars", "a" * 15, "abababababababab", "abcabcabcabcabcabc",
    "123456789012345", "1234567890123456789", "abcdefghijklmnop", "zyxwvutsrqponmlk", "passwordpassword",
    "Password12345678", "P@ssw0rdP@ssw0rd", "password password", "PASSWORD-PASSWORD-1", "correct horse battery staple",
    "CorrectHorseBatteryStaple1", "qwertyuiopasdfgh", "letmeinletmein99", "iloveyouiloveyou", "welcomesummer2026",
    "penstockconsole1", "adminadminadmin1", "trustno1trustno1", "monkeydragonmonkey", "x" * 257,
]  # fmt: skip
ACCEPTED = [
    "the heron waits for low tide", "correct horse battery heron", "zürich im märz", "пять ламп на улице",
    "八盏灯在潮湿的街道上的一个晚上很亮", "3k9vq-8fj2m-zz0wd", "               but why",
    "my dog eats blue chalk", "p" * 14 + "q9",
    "🦆🐢🦉 quiet mornings", "2847193058216644",
]  # fmt: skip


@pytest.mark.parametrize("password", REFUSED)
def test_password_that_is_short_or_made_of_what_everybody_takes_is_refused_and_not_quoted(password: str) -> None:
    with pytest.raises(PasswordError) as caught:
        checked(password)
    assert not password.strip() or password not in str(caught.value)


@pytest.mark.parametrize("password", ACCEPTED)
def test_password_of_any_letters_is_accepted_without_rules_of_composition(password: str) -> None:
    padded = password if len(password) >= LEAST_CHARS else password + " " * (LEAST_CHARS - len(password))
    assert checked(padded) == normal(padded)


@pytest.mark.parametrize("password", ["ana-example-ana-example", "Ana.Example@2026", "examplecomexample"])
def test_password_made_of_what_belongs_to_the_person_is_refused(password: str) -> None:
    with pytest.raises(PasswordError):
        checked(password, about=("ana@example.com", "Ana Example"))


@settings(max_examples=300)
@given(st.text(min_size=LEAST_CHARS, max_size=MOST_CHARS))
def test_reading_a_password_never_fails_otherwise(password: str) -> None:
    try:
        assert len(checked(password)) >= LEAST_CHARS
    except PasswordError as error:
        assert error.code == "PASSWORD_REFUSED"


def test_password_is_the_same_however_a_keyboard_composes_it() -> None:
    hasher = Hasher(HASHER)
    kept = hasher.hash("cafe\u0301 am ﬂuss der stadt")
    assert hasher.is_right(kept, "caf\u00e9 am fluss der stadt")
    assert not hasher.is_right(kept, "cafe am fluss der stadt")


def test_what_is_kept_is_argon2id_with_the_parameters_of_the_rfc_and_a_salt_of_its_own() -> None:
    hasher = Hasher()
    first, second = hasher.hash("the heron waits"), hasher.hash("the heron waits")
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert hasher.is_right(first, "the heron waits")
    assert Hasher(HASHER).is_outdated(first)


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_nothing_is_right_for_somebody_without_a_password(kept: str | None) -> None:
    assert not Hasher(HASHER).is_right(kept, "the heron waits")


def test_long_password_that_begins_right_is_wrong() -> None:
    hasher = Hasher(HASHER)
    kept = hasher.hash("a" * MOST_CHARS)
    assert hasher.is_right(kept, "a" * MOST_CHARS)
    assert not hasher.is_right(kept, "a" * (MOST_CHARS + 1))
    assert not hasher.is_right(kept, "a" * 100_000)


def test_one_time_passwords_are_random_and_can_be_read_out() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[a-z2-7]{5}(-[a-z2-7]{5}){3}", password) for password in made)


def test_too_many_at_once_wait_and_are_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            if password == "slow":
                entered.release()
                assert gate.wait(10)
            return super().hash(password, salt=salt)

    monkeypatch.setattr(passwords, "TURN_S", 0.05)
    gate, entered = threading.Event(), threading.Semaphore(0)
    hasher = Hasher(Slow(time_cost=1, memory_cost=8, parallelism=1))
    threads = [threading.Thread(target=hasher.hash, args=("slow",)) for _ in range(passwords.MOST_AT_ONCE)]
    for thread in threads:
        thread.start()
        assert entered.acquire(timeout=10)
    with pytest.raises(BusyError):
        hasher.is_right(None, "x")
    gate.set()
    for thread in threads:
        thread.join(10)
    assert not hasher.is_right(None, "x")
