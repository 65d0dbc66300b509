"""A stream in chunks is redacted as the whole text would be, or quarantined; nothing leaks, and little is held."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Action, Family, Finding, Limits, Scanner, redact
from detectors.stream import HELD_CHARS, StreamScanner, StreamState
from tests.detectors.examples.example import made_up

SCANNER = Scanner()
VALUES = (
    *("ssn 219-09-9999", "jane.doe@acme.com", "card 4111 1111 1111 1111", "IBAN DE89 3704 0044 0532 0130 00"),
    *("call +1 212-555-0143 now", "gh" + "p_" + made_up(36), "password = hunter2Zq9!", "passport no. 123456789"),
    *("postgres://app:h7Kp2xQe@db.acme.com/orders", "born on 1990-04-05", "10.11.159.111", "j a n e @ a c m e . c o m"),
    *("jane\u200b.doe@ac\u200bme.com", "jane%40acme.com", "２１９-09-9999 is the ssn", "\u0441ard 4111111111111111"),
)
PROSE = (
    *(
        "The refund was approved. ",
        "and then ",
        "it was sent on\n",
        "É possível, ",
        "(see below) ",
        "見積書を送付しました。",
        "\t",
    ),
    *("order 1234 ", "id=77; ", "https://acme.com/help ", '{"status": "ok"} ', "… ", "a ", "— "),
)
PIECES = st.lists(st.sampled_from(PROSE) | st.sampled_from(VALUES).map(lambda value: f" {value} "), max_size=40)


def streamed(text: str, sizes: list[int], *, scanner: Scanner = SCANNER) -> tuple[str, str | None]:
    """What comes out of a stream in chunks of these sizes, over and over, and the code that closed it."""
    stream = StreamScanner(scanner)
    released: list[str] = []
    place = turn = 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        step = stream.feed(text[place : place + size])
        if step.code is not None:
            return "".join(released), step.code
        released.append(step.text)
        assert len(stream.state.held) <= HELD_CHARS
        place, turn = place + size, turn + 1
    last = stream.flush()
    return "".join([*released, last.text]), last.code


@settings(max_examples=150, deadline=None)
@given(pieces=PIECES, sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_stream_is_redacted_as_the_whole_text_is(pieces: list[str], sizes: list[int]) -> None:
    text = "".join(pieces)
    assert streamed(text, sizes) == (redact(text, SCANNER.scan(text)).text, None)


@pytest.mark.parametrize("seed", range(4))
def test_random_streams_in_chunks_of_one_to_twelve_leak_nothing(seed: int) -> None:
    random = Random(seed)
    for _ in range(60):
        planted = random.sample(VALUES, 3)
        pieces = [random.choice(PROSE) for _ in range(random.randint(0, 30))]
        for value in planted:
            pieces.insert(random.randint(0, len(pieces)), f" {value} ")
        text = "".join(pieces)
        released, code = streamed(text, [random.randint(1, 12) for _ in range(7)])
        assert code is None
        assert released == redact(text, SCANNER.scan(text)).text


@pytest.mark.parametrize("size", [97, 201, 333, 1_000, 5_000])
def test_large_chunks_give_the_same(size: int) -> None:
    text = "".join(f"{prose}{value}. " for prose in PROSE for value in VALUES)
    assert streamed(text, [size]) == (redact(text, SCANNER.scan(text)).text, None)


def test_state_survives_json_between_any_two_chunks() -> None:
    text = "".join(f"{prose}{value}. " for prose, value in zip(PROSE, VALUES, strict=False))
    state, released = StreamState(), []
    for place in range(0, len(text), 7):
        stream = StreamScanner(SCANNER, state=StreamState.from_json(json.loads(json.dumps(state.to_json()))))
        released.append(stream.feed(text[place : place + 7]).text)
        state = stream.state
    released.append(StreamScanner(SCANNER, state=state).flush().text)
    assert "".join(released) == redact(text, SCANNER.scan(text)).text


def test_steps_say_where_they_are_in_the_stream() -> None:
    text = "The refund was approved. " * 20 + "ssn 219-09-9999 " + "and it was sent. " * 20
    stream = StreamScanner(SCANNER)
    steps = [stream.feed(text[place : place + 50]) for place in range(0, len(text), 50)] + [stream.flush()]
    assert "".join(step.raw for step in steps) == text
    places = [(step.start + f.start, step.start + f.end) for step in steps for f in step.findings]
    assert [text[start:end] for start, end in places] == ["219-09-9999"]
    assert [detail.action for step in steps for detail in step.details] == ["replaced with [REDACTED]"]


BEGIN = "-----BEGIN " + "RSA PRIV" + "ATE KEY-----\n"


@pytest.mark.parametrize(
    ("opening", "secret"),
    [
        (BEGIN, "\n".join(made_up(64, seed=str(number)) for number in range(12))),
        ("token ", "ey" + base64.urlsafe_b64encode(b'"alg":"HS256","typ":"JWT"}').decode() + "." + made_up(400)),
    ],
    ids=["pem", "jwt"],
)
@pytest.mark.parametrize("size", [1, 7, 40, 10_000])
def test_what_is_longer_than_the_bound_is_quarantined_and_none_of_it_released(
    opening: str, secret: str, size: int
) -> None:
    text = "The refund was approved. " * 12 + opening + secret + "\nand that was it. " * 30
    released, code = streamed(text, [size])
    # One chunk that holds all of it is scanned as a whole text is.
    assert code == ("STREAM_VALUE_TOO_LONG" if size < 10_000 else None)
    assert all(secret[place : place + 12] not in released for place in range(0, 120, 12))


@pytest.mark.parametrize("size", [1, 7, 40])
def test_token_without_end_is_quarantined(size: int) -> None:
    assert streamed(f"see {made_up(600)} there", [size])[1] == "STREAM_VALUE_TOO_LONG"


@pytest.mark.parametrize("size", [1, 9, 60])
def test_long_link_passes_in_parts(size: int) -> None:
    link = "https://acme.com/find?" + "&".join(f"filter{number}=value{number}" for number in range(40))

    def is_secret(finding: Finding) -> bool:
        return finding.family in (Family.PII, Family.CREDENTIAL) and finding.type != "URL"

    stream = StreamScanner(SCANNER, concerns=is_secret)
    text = f"The results are at {link} for you."
    steps = [stream.feed(text[place : place + size]) for place in range(0, len(text), size)]
    assert "".join(step.text for step in [*steps, stream.flush()]) == text


def test_closed_stream_releases_nothing_more() -> None:
    stream = StreamScanner(SCANNER)
    assert stream.feed(made_up(600)).code == "STREAM_VALUE_TOO_LONG"
    assert stream.state.held == stream.state.context == ""
    assert (stream.feed("fine").code, stream.feed("fine").text) == ("STREAM_CLOSED", "")
    assert stream.flush().code == "STREAM_CLOSED"


def test_stream_is_closed_after_its_end() -> None:
    stream = StreamScanner(SCANNER)
    stream.feed("fine")
    assert (stream.flush().text, stream.flush().code) == ("fine", "STREAM_CLOSED")


def test_budget_of_the_scanner_closes_the_stream_with_its_code() -> None:
    stream = StreamScanner(Scanner(limits=Limits(max_findings=2)))
    assert stream.feed("mail a@acme.com or b@acme.com or c@acme.com " * 8).code == "SCAN_TOO_MANY_FINDINGS"


def test_findings_that_do_not_matter_are_reported_and_stay() -> None:
    def is_pii(finding: Finding) -> bool:
        return finding.family is Family.PII

    text = "broker at 10.11.159.111 is up, ssn 219-09-9999"
    stream = StreamScanner(SCANNER, concerns=is_pii)
    stream.feed(text)
    step = stream.flush()
    assert step.text == "broker at 10.11.159.111 is up, ssn [REDACTED]"
    assert {finding.type for finding in step.findings} == {"PRIVATE_IP", "US_SSN"}


def test_removing_a_field_masks_in_a_stream() -> None:
    stream = StreamScanner(SCANNER, action=Action.REMOVE_FIELD)
    stream.feed("ssn 219-09-9999")
    assert stream.flush().text == "ssn [REDACTED]"
