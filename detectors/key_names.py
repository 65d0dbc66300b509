"""What the name of a JSON field says about its value, when the value alone would not show it.

A name that stands for exactly one kind of data (`ssn`, `date_of_birth`, `password`) makes the whole leaf a finding when
the value has the rough shape of it. It also gives names and addresses of people without a language model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from detectors.context import words_of
from detectors.credentials.values import is_random_looking, is_stand_in
from detectors.finding import Family
from detectors.pii.check_digits import digits_of


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """A field name (as its words, joined) and the type it gives to a value that `accepts` lets through."""

    type: str
    family: Family
    names: frozenset[str]
    accepts: Callable[[str], bool]


def _digits(least: int, most: int) -> Callable[[str], bool]:
    def accepts(value: str) -> bool:
        return least <= len(digits_of(value)) <= most and len(value) <= 2 * most

    return accepts


def _is_name(value: str) -> bool:
    return 1 < len(value) <= 80 and any(c.isalpha() for c in value) and not any(c.isdigit() for c in value)


def _is_street(value: str) -> bool:
    return len(value) <= 300 and " " in value.strip() and any(c.isalpha() for c in value)


def _is_password(value: str) -> bool:
    return 4 <= len(value) <= 512 and not is_stand_in(value)


# What redaction leaves behind, ours or another's.
_MASKED = re.compile(r"\*\*|\[REDACTED\]|^\[[A-Z_]+:[0-9a-f]{8}\]$")
_SPLIT = re.compile(r"[^\W_]+")


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


EVIDENCE: tuple[KeyEvidence, ...] = (
    KeyEvidence(
        "US_SSN",
        Family.PII,
        _names("ssn", "social security number", "social security no", "ssn number", "customer ssn", "ssn last4"),
        _digits(4, 9),
    ),
    KeyEvidence(
        "PERSON",
        Family.PII,
        _names(
            *("first name", "last name", "full name", "given name", "family name", "middle name", "maiden name"),
            *("surname", "firstname", "lastname", "fullname", "customer name", "patient name", "cardholder name"),
            *("cardholder", "account holder", "contact name", "employee name", "guest name", "passenger name"),
        ),
        _is_name,
    ),
    KeyEvidence(
        "LOCATION",
        Family.PII,
        _names(
            *("home address", "street address", "postal address", "mailing address", "billing address"),
            *("shipping address", "delivery address", "residential address", "street", "address line1", "address1"),
        ),
        _is_street,
    ),
    KeyEvidence(
        "DATE_OF_BIRTH",
        Family.PII,
        _names("dob", "date of birth", "birth date", "birthdate", "birthday", "born on", "birth day"),
        _digits(4, 17),
    ),
    KeyEvidence(
        "CREDIT_CARD",
        Family.PII,
        _names("card number", "credit card number", "credit card", "cc number", "debit card number", "card no"),
        _digits(12, 19),
    ),
    KeyEvidence("CARD_SECURITY_CODE", Family.PII, _names("cvv", "cvc", "cvv2", "cvc2", "card cvv"), _digits(3, 4)),
    KeyEvidence(
        "PHONE_NUMBER",
        Family.PII,
        _names("phone", "phone number", "mobile", "mobile number", "mobile phone", "telephone", "cell phone"),
        _digits(7, 15),
    ),
    KeyEvidence(
        "US_PASSPORT", Family.PII, _names("passport", "passport number", "passport no", "us passport"), _digits(5, 12)
    ),
    KeyEvidence(
        "PASSWORD",
        Family.CREDENTIAL,
        _names(
            *("password", "passwd", "pwd", "passphrase", "passcode", "user password", "db password", "root password"),
            *("admin password", "database password", "smtp password", "initial password", "temporary password"),
        ),
        _is_password,
    ),
    KeyEvidence(
        "ASSIGNED_SECRET",
        Family.CREDENTIAL,
        _names(
            "secret", "client secret", "api secret", "secret key", "api key", "apikey", "access token", "auth token"
        ),
        is_random_looking,
    ),
)

_BY_NAME: dict[str, KeyEvidence] = {name: evidence for evidence in EVIDENCE for name in evidence.names}
_BY_WORDS: dict[frozenset[str], KeyEvidence] = {
    words_of(name): evidence for name, evidence in _BY_NAME.items() if " " in name
}


def evidence_for(name: str, value: str) -> KeyEvidence | None:
    """What the field `name` makes of the text `value`; None when the name says nothing or the value does not fit.

    >>> evidence_for("dateOfBirth", "1990-04-05").type
    'DATE_OF_BIRTH'
    """
    if len(name) > 64:
        return None
    words = words_of(name)
    evidence = _BY_NAME.get(" ".join(_SPLIT.findall(name.lower()))) or _BY_WORDS.get(words)
    if evidence is None or _MASKED.search(value) is not None or not evidence.accepts(value):
        return None
    return evidence
