"""Which policy is in force: a good activation replaces it, a bad one never does."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from policies.bundle import Bundle
from streams.policy_feed import ACTIVE_KEY, BUNDLE_PREFIX, PolicyLog, activation_records
from tests.streams.samples import OTHER_RULES, STRICT_RULES, bundle_of

GOOD, OTHER, STRICT = bundle_of(), bundle_of(OTHER_RULES), bundle_of(STRICT_RULES)
BAD = b'{"documents": {"rules": {"rules": [{"decision": "alow"}]}}, "penstock_bundle": 1}'


def records(bundle: Bundle, *, previous: str | None = None) -> list[tuple[str, bytes]]:
    """The records that activate a bundle."""
    return activation_records(
        bundle, previous=previous, reason="r", activated_by="ann", activated_at="2027-01-15T08:00:00Z"
    )


def pointer(**fields: Any) -> bytes:
    """A value of the pointer to the bundle in force."""
    return orjson.dumps({"previous": None, "reason": "r"} | fields)


def fed(*given: tuple[str, bytes | None]) -> PolicyLog:
    """A log that has taken these records."""
    log = PolicyLog()
    for key, value in given:
        log.take(key, value)
    return log


def snapshot_of(log: PolicyLog) -> str | None:
    """The snapshot in force."""
    return None if log.bundle is None else log.bundle.snapshot


def test_without_records_there_is_no_policy_and_the_log_says_so() -> None:
    log = PolicyLog()

    assert (log.bundle, log.refusals) == (None, 0)
    assert log.problem is not None


def test_activation_puts_a_bundle_in_force() -> None:
    log = PolicyLog()

    assert [log.take(key, value) for key, value in records(GOOD)] == [False, True]
    assert (snapshot_of(log), log.problem) == (GOOD.snapshot, None)


def test_documents_alone_put_nothing_in_force() -> None:
    assert fed(records(GOOD)[0]).bundle is None


def test_same_activation_again_changes_nothing() -> None:
    log = fed(*records(GOOD))

    assert [log.take(key, value) for key, value in records(GOOD)] == [False, False]


def test_rollback_is_an_activation_of_what_is_still_there() -> None:
    log = fed(*records(GOOD), *records(OTHER, previous=GOOD.snapshot))

    assert log.take(*records(GOOD)[1]) is True
    assert snapshot_of(log) == GOOD.snapshot


BAD_ACTIVATIONS = {
    "a bundle that does not load": [(BUNDLE_PREFIX + "bad", BAD), (ACTIVE_KEY, pointer(snapshot="bad"))],
    "a bundle that is no JSON": [(BUNDLE_PREFIX + "bad", b"\xff{"), (ACTIVE_KEY, pointer(snapshot="bad"))],
    "a bundle nested too deep": [(BUNDLE_PREFIX + "bad", b"[" * 100_000), (ACTIVE_KEY, pointer(snapshot="bad"))],
    "a bundle under a wrong name": [
        (BUNDLE_PREFIX + STRICT.snapshot, OTHER.canonical().encode()),
        (ACTIVE_KEY, pointer(snapshot=STRICT.snapshot)),
    ],
    "a short name": [
        (BUNDLE_PREFIX + STRICT.short, STRICT.canonical().encode()),
        (ACTIVE_KEY, pointer(snapshot=STRICT.short)),
    ],
    "a bundle that was never sent": [(ACTIVE_KEY, pointer(snapshot=STRICT.snapshot))],
    "a bundle that was taken away": [
        records(STRICT)[0],
        (BUNDLE_PREFIX + STRICT.snapshot, None),
        records(STRICT)[1],
    ],
    "no snapshot": [(ACTIVE_KEY, pointer())],
    "a snapshot that is no text": [(ACTIVE_KEY, pointer(snapshot=["x"]))],
    "no JSON": [(ACTIVE_KEY, b"\xff")],
    "no object": [(ACTIVE_KEY, b"[]")],
    "an empty value": [(ACTIVE_KEY, b"")],
    "a key twice": [(ACTIVE_KEY, b'{"snapshot":"a","snapshot":"b"}')],
}


@pytest.mark.parametrize("given", BAD_ACTIVATIONS.values(), ids=BAD_ACTIVATIONS.keys())
def test_bad_activation_keeps_the_policy_before_and_is_reported(given: list[tuple[str, bytes | None]]) -> None:
    log = fed(*records(GOOD))

    changed = [log.take(key, value) for key, value in given]

    assert not any(changed)
    assert (snapshot_of(log), log.refusals) == (GOOD.snapshot, 1)
    assert log.problem is not None and "refused" in log.problem


@pytest.mark.parametrize("given", BAD_ACTIVATIONS.values(), ids=BAD_ACTIVATIONS.keys())
def test_bad_activation_and_nothing_before_leaves_no_policy(given: list[tuple[str, bytes | None]]) -> None:
    log = fed(*given)

    assert (log.bundle, log.refusals) == (None, 1)


def test_good_activation_after_a_bad_one_clears_the_problem() -> None:
    log = fed(*records(GOOD), (ACTIVE_KEY, pointer(snapshot="bad")), *records(OTHER))

    assert (snapshot_of(log), log.problem, log.refusals) == (OTHER.snapshot, None, 1)


def test_after_a_restart_a_bad_activation_falls_back_to_the_one_that_it_names_as_previous() -> None:
    # What compaction leaves: the documents, and only the last pointer.
    bad = pointer(snapshot="bad", previous=GOOD.snapshot)
    log = fed(records(GOOD)[0], (BUNDLE_PREFIX + "bad", BAD))

    assert log.take(ACTIVE_KEY, bad) is True
    assert (snapshot_of(log), log.refusals) == (GOOD.snapshot, 1)
    assert log.problem is not None and "refused" in log.problem


@pytest.mark.parametrize("previous", ["gone", None, 7, "bad"])
def test_after_a_restart_without_any_bundle_that_loads_nothing_is_in_force(previous: object) -> None:
    log = fed((BUNDLE_PREFIX + "bad", BAD), (ACTIVE_KEY, pointer(snapshot="bad", previous=previous)))

    assert (log.bundle, log.refusals) == (None, 1)


def test_removal_of_the_pointer_and_records_of_other_keys_change_nothing() -> None:
    log = fed(*records(GOOD), (ACTIVE_KEY, None), ("kill", b"x"), ("", b"x"), ("bundle", None))

    assert (snapshot_of(log), log.problem) == (GOOD.snapshot, None)


def test_problem_never_quotes_a_bundle() -> None:
    text = GOOD.canonical().replace("money leaves", "S3CR3T").encode()[:-1]
    log = fed((BUNDLE_PREFIX + "bad", text), (ACTIVE_KEY, pointer(snapshot="bad", reason="S3CR3T")))

    assert log.problem is not None and "S3CR3T" not in log.problem


def test_activation_holds_who_why_and_what_was_before() -> None:
    (documents_key, documents), (key, value) = records(OTHER, previous=GOOD.snapshot)

    assert (documents_key, documents) == (f"bundle/{OTHER.snapshot}", OTHER.canonical().encode())
    assert key == "active"
    assert orjson.loads(value) == {
        "snapshot": OTHER.snapshot,
        "short": OTHER.short,
        "previous": GOOD.snapshot,
        "reason": "r",
        "activated_by": "ann",
        "activated_at": "2027-01-15T08:00:00Z",
        "second_person": None,
    }
