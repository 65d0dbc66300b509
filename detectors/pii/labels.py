"""Names and street addresses that a label in a text announces; without one they take a language model.

`detectors.key_names` does the same for the fields of JSON.
"""

from __future__ import annotations

import re

from detectors.declaration import Reach, regex
from detectors.pii.pattern import PiiPattern, always

# What stands in place of a name in code and templates.
_NO_NAME = re.compile(
    r"(?i)(?:none|null|true|false|undefined|string|str|text|optional|union|any|field|column|char(?:field)?|varchar|required"
    r"|unknown|n/?a|test|example|sample|placeholder|redacted|your|first|last|full|name|value|type|anonymous)\b"
)
_STREET = re.compile(r"\d")
_SEPARATOR = r"[\"'`*]{0,3}\s{0,2}[:=]\s{0,3}[\"'`*]{0,3}"
_NAME_LABELS = (
    r"(?:first|last|full|given|family|middle|maiden|customer|patient|card ?holder|account ?holder|employee"
    r"|guest|passenger|contact|legal|applicant|beneficiary)[ _\-]?names?|surname|card[ _]?holder|account[ _]?holder"
)
_ADDRESS_LABELS = (
    r"(?:home|street|mailing|billing|shipping|postal|delivery|residential|permanent|current|customer|patient)"
    r"[ _\-]?address|address[ _]?line[ _]?1|street"
)
# Capitalised words, with small particles between them.
_NAME = r"[^\W\d_a-z][\w'’.\-]{0,30}(?: (?:[a-z]{1,3} ){0,2}[^\W\d_a-z][\w'’.\-]{0,30}){0,3}"
_START = r"(?:^|(?<=[\n,;{(\[|\"'`*>& \t?]))"


def is_name(text: str) -> bool:
    """Words that could name a person, no placeholder of a template or type of a program.

    >>> is_name("Jane O'Neil"), is_name("Optional"), is_name("String")
    (True, False, False)
    """
    return _NO_NAME.match(text) is None


def is_street(text: str) -> bool:
    """Words with a number among them, as streets have.

    >>> is_street("12 Elm Street, Springfield"), is_street("same as above")
    (True, False)
    """
    return _STREET.search(text) is not None and " " in text.strip() and any(c.isalpha() for c in text)


PATTERNS = (
    PiiPattern(
        type="PERSON",
        pattern=(
            rf"{_START}(?i:{_NAME_LABELS}){_SEPARATOR}"
            rf"(?P<value>{_NAME})"
            r"(?![\w(\[=]| ?[|=(])"
        ),
        triggers=(regex(rf"(?:{_NAME_LABELS})[\"'`*]{{0,3}}[ \t]{{0,2}}[:=]"),),
        accept=is_name,
        is_bare=always,
        is_whole=False,
        reach=Reach(48, 48),
    ),
    PiiPattern(
        type="LOCATION",
        pattern=rf"{_START}(?i:{_ADDRESS_LABELS}){_SEPARATOR}(?P<value>[\w#][^\n\"'`|;<>{{}}]{{5,120}}[\w.])",
        triggers=(regex(rf"(?:{_ADDRESS_LABELS})[\"'`*]{{0,3}}[ \t]{{0,2}}[:=]"),),
        accept=is_street,
        is_bare=always,
        is_whole=False,
        reach=Reach(48, 48),
    ),
    PiiPattern(
        type="PERSON",
        pattern=rf"{_NAME}(?:, {_NAME})?(?![\w(\[=])",
        words=(
            *(
                "first name",
                "last name",
                "full name",
                "given name",
                "family name",
                "middle name",
                "maiden name",
                "surname",
            ),
            *(
                "customer name",
                "patient name",
                "employee name",
                "cardholder",
                "account holder",
                "passenger",
                "guest name",
            ),
        ),
        also=("\n",),
        accept=is_name,
        is_column=True,
    ),
    PiiPattern(
        type="LOCATION",
        pattern=r"[\w#][^\n\"`|;<>{}\t]{5,120}",
        words=(
            *(
                "home address",
                "street address",
                "mailing address",
                "billing address",
                "shipping address",
                "postal address",
            ),
            *("delivery address", "residential address", "address line"),
        ),
        also=("\n",),
        accept=is_street,
        is_column=True,
    ),
)
