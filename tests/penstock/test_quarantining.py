"""What the command line makes of the quarantine: masked lists, reviews that the gate takes, and boxes that open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from penstock.errors import CommandError, ExitCode, exit_code_of
from penstock.quarantining import (
    HeldBack,
    Standing,
    content_lines,
    find_held_back,
    full_lines,
    full_object,
    opened,
    output_review,
    sealer_for,
    standing_of,
    summary_of,
)
from streams.events import ReviewVerdict
from streams.review_signing import ReviewKeys, ReviewSigner, TrustedKey
from streams.sealing import SealError, quarantine_context
from streams.settings import Settings, load_settings
from tests.streams.approval_samples import audited
from tests.streams.quarantine_samples import CLEARED, TEXT, Ward, bundle_of_outputs
from tests.streams.samples import PAYLOAD_KEY, PRIVATE_KEY, TOKEN, values

SIGNER = ReviewSigner(bytes(range(32)))
SECRET = "MIIEpAIBAAKCAQEA"


def held(ward: Ward, **more: Any) -> HeldBack:
    """An output that the ward holds back, as the command line finds it."""
    return found(ward, ward.hold(**more))


def found(ward: Ward, record: dict[str, Any]) -> HeldBack:
    """A record as the command line finds it, through the bytes of both topics."""
    entry = ward.state.quarantines.get(record["quarantine_id"])
    return standing_of(orjson.loads(orjson.dumps(record)), entry)


def review_of(output: HeldBack, verdict: str, *, reason: str | None = "looked at it") -> dict[str, Any]:
    """The review as the command line makes it."""
    return output_review(
        output,
        verdict=ReviewVerdict(verdict),
        reviewer="zoe",
        roles=["senior_reviewer"],
        reason=reason,
        rendered_at="2027-01-15T08:00:00Z",
    )


def settings_with(key: bytes | None) -> Settings:
    """Settings with this payload key."""
    return load_settings({} if key is None else {"PENSTOCK_PAYLOAD_KEY": key.hex()})


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize(
    ("verdict", "standing"),
    [("release", Standing.RELEASED), ("redact", Standing.REDACTED), ("reject", Standing.REJECTED)],
)
def test_review_of_the_command_line_is_taken_and_shows_in_the_list(
    verdict: str, standing: Standing, is_signed: bool
) -> None:
    ward = Ward(bundle_of_outputs(people=""), keys=ReviewKeys([TrustedKey(SIGNER.public)]) if is_signed else None)
    output = held(ward)
    assert output.standing is Standing.WAITING
    review = review_of(output, verdict)

    step = ward.lane.give(SIGNER.sign(review) if is_signed else review)

    assert audited(step)["kind"] == "quarantine_review"
    assert bool(values(step.effects, CLEARED)) == (verdict != "reject")
    assert found(ward, dict(output.record)).standing is standing


def test_redaction_needs_no_words() -> None:
    ward = Ward(bundle_of_outputs(people=""))

    step = ward.lane.give(review_of(held(ward), "redact", reason=None))

    assert audited(step)["decision"]["reason_code"] == "redacted_by_reviewer"


def test_only_a_release_carries_the_sealed_box() -> None:
    output = held(Ward())

    assert [("sealed" in review_of(output, verdict)) for verdict in ("release", "redact", "reject", "reveal")] == [
        True,
        True,
        False,
        False,
    ]


def test_output_that_the_lane_has_let_go_is_forgotten() -> None:
    ward = Ward()
    output = held(ward)
    ward.state.quarantines.drop(output.quarantine_id)

    assert summary_of(found(ward, dict(output.record)))["status"] == "forgotten"


def test_everything_that_is_printed_is_masked() -> None:
    output = held(Ward(), content={"note": f"{PRIVATE_KEY} and {TOKEN}"})

    printed = str((summary_of(output), full_lines(output), full_object(output)))

    assert SECRET not in printed and TOKEN not in printed
    assert output.record["payload"]["ciphertext"] not in printed
    assert summary_of(output)["found"] == {"GITHUB_TOKEN": 1, "PRIVATE_KEY": 1}
    assert any(line.startswith("found") and "PRIVATE_KEY at note 0-" in line for line in full_lines(output))
    assert full_object(output)["payload"] == {
        "algorithm": "HKDF-SHA256+A256GCM",
        "key_id": output.record["payload"]["key_id"],
    }


def test_chunk_says_that_it_is_one() -> None:
    assert summary_of(held(Ward(), sequence=0, final=True))["is_chunk"] is True
    assert summary_of(held(Ward()))["is_chunk"] is False


def test_box_opens_with_the_key_of_the_gate() -> None:
    output = held(Ward())

    said = opened(sealer_for(settings_with(PAYLOAD_KEY), output), output)

    assert (said["output_id"], said["content"]) == ("o1", TEXT)
    assert content_lines(said) == TEXT.splitlines()
    assert content_lines({"content": {"a": [1]}}) == ["{", '  "a": [', "    1", "  ]", "}"]


@pytest.mark.parametrize(
    ("key", "is_sealing", "code", "exit_code"),
    [
        (None, True, "USAGE", ExitCode.USAGE),
        (bytes(32), True, "OTHER_PAYLOAD_KEY", ExitCode.FINDINGS),
        (PAYLOAD_KEY, False, "NOTHING_SEALED", ExitCode.FINDINGS),
    ],
)
def test_what_cannot_be_opened_is_said_before_anything_is_sent(
    key: bytes | None, is_sealing: bool, code: str, exit_code: ExitCode
) -> None:
    with pytest.raises(CommandError) as caught:
        sealer_for(settings_with(key), held(Ward(is_sealing=is_sealing)))

    assert (caught.value.code, exit_code_of(caught.value)) == (code, exit_code)


def test_box_of_another_output_does_not_open() -> None:
    ward = Ward()
    first, second = held(ward), held(ward, output_id="o2")
    swapped = replace(first, record={**first.record, "payload": second.record["payload"]})

    with pytest.raises(SealError):
        opened(sealer_for(settings_with(PAYLOAD_KEY), swapped), swapped)


@pytest.mark.parametrize("more", [{"content": "something else"}, {"output_id": "o2"}])
def test_box_with_something_else_than_what_was_held_back_is_not_shown(more: dict[str, Any]) -> None:
    output = held(Ward())
    sealer = sealer_for(settings_with(PAYLOAD_KEY), output)
    other = orjson.dumps({**opened(sealer, output), **more})
    box = sealer.seal(other, context=quarantine_context(output.quarantine_id))

    with pytest.raises(SealError, match="does not hold what was held back"):
        opened(sealer, replace(output, record={**output.record, "payload": box}))


def test_output_is_found_by_the_beginning_of_its_id() -> None:
    ward = Ward()
    outputs = [held(ward, output_id=f"o{number}") for number in range(3)]

    assert find_held_back(outputs, outputs[1].quarantine_id[:8]) is outputs[1]


@pytest.mark.parametrize(
    ("prefix", "code", "exit_code"),
    [
        ("abc", "USAGE", ExitCode.USAGE),
        ("no-such-id", "OUTPUT_NOT_FOUND", ExitCode.FINDINGS),
        ("000000", "OUTPUT_AMBIGUOUS", ExitCode.USAGE),
    ],
)
def test_id_that_names_none_or_several_is_refused(prefix: str, code: str, exit_code: ExitCode) -> None:
    record = Ward().hold()
    outputs = [standing_of({**record, "quarantine_id": f"000000{number}"}, None) for number in range(2)]

    with pytest.raises(CommandError) as caught:
        find_held_back(outputs, prefix)

    assert (caught.value.code, exit_code_of(caught.value)) == (code, exit_code)


def test_id_given_in_full_is_that_one_even_where_another_goes_on_after_it() -> None:
    record = Ward().hold()
    outputs = [standing_of({**record, "quarantine_id": name}, None) for name in ("00000012", "000000")]

    assert find_held_back(outputs, "000000") is outputs[1]
