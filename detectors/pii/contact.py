"""How to reach a person: e-mail addresses and telephone numbers."""

from __future__ import annotations

import re

from detectors.declaration import regex
from detectors.pii.check_digits import digits_of
from detectors.pii.pattern import PiiPattern, always
from detectors.pii.top_level_domains import PRIVATE, is_top_level_domain

_SOURCE_CONTROL_USERS = frozenset({"git", "hg", "svn"})


def is_email(text: str) -> bool:
    """An address whose domain ends in a top-level domain; not the user of a repository's address.

    >>> is_email("jane@acme.co.uk"), is_email("git@github.com"), is_email("lodash@4.17.21"), is_email("icon@2x.png")
    (True, False, False, False)

    Source: RFC 5321 section 4.1.2 (lengths 64 and 255)
    """
    local, _, domain = text.rpartition("@")
    last = domain.rpartition(".")[2]
    has_end = is_top_level_domain(last) or last.lower() in PRIVATE
    return local.lower() not in _SOURCE_CONTROL_USERS and len(domain) <= 255 and has_end and ".." not in text


_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(rf"{_YEAR}[-./ ]\d\d?[-./ ]\d\d?|\d\d?[-./ ]\d\d?[-./ ]{_YEAR}|{_YEAR} ?[-/] ?{_YEAR}")


def is_phone_shape(text: str) -> bool:
    """Seven to fifteen digits (ITU-T E.164), with balanced parentheses, not one digit repeated, not a date.

    A number with `+` must be one that its country's plan has room for.

    >>> is_phone_shape("+44 20 7946 0958"), is_phone_shape("2024-05-06"), is_phone_shape("+999 12345678")
    (True, False, False)

    Source: ITU-T E.164
    """
    number = text.lower().partition("x")[0]
    digits = digits_of(number)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or number.count("(") != number.count(")"):
        return False
    return _DATE.fullmatch(number) is None and (not text.startswith("+") or _has_room(number))


def _has_room(number: str) -> bool:
    # Imported at the first number with a plus sign: the plans of all countries take time to load.
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


_EXTENSION = r"(?:(?: ?(?:x|ext\.?) ?)\d{1,5})?"
_PHONE = (
    *("phone", "telephone", "tel", "mobile", "cell", "cellphone", "phones", "call", "call me", "fax", "contact", "sms"),
    *(
        "whatsapp",
        "office",
        "dial",
        "reach",
        "reach you",
        "reach me",
        "answering",
        "messages to",
        "hotline",
        "landline",
    ),
    *(
        "telefon",
        "telefono",
        "teléfono",
        "téléphone",
        "handy",
        "mobil",
        "móvil",
        "celular",
        "ring",
        "text me",
        "msisdn",
    ),
    *(
        "my number",
        "your number",
        "registered number",
        "registered mobile",
        "my registered",
        "phone number",
        "contact number",
    ),
)
# Two groups of three digits and one of four: what is written so is a telephone number in North America.
_NORTH_AMERICAN = (
    r"(?:\+?1[ .\-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}(?P<gap>[\-.]))[2-9]\d{2}"
    rf"(?(gap)(?P=gap)|[\-.])\d{{4}}{_EXTENSION}"
)

PATTERNS = (
    PiiPattern(
        type="EMAIL_ADDRESS",
        pattern=(
            r"(?<![\w.%+\-@/:])(?<!//)[\w%+\-](?:[\w.%+\-]|'(?=\w)){0,63}"
            r"@(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,8}[^\W\d_](?:[\w\-]{0,60}[^\W_])(?![\w@]|\.\w)"
        ),
        words=("email", "mail"),
        triggers=(regex(r"[a-z0-9_%+'-]@[a-z0-9\x80-\xff]"),),
        checksum=is_email,
        is_bare=always,
        is_whole=False,
    ),
    PiiPattern(
        type="PHONE_NUMBER",
        pattern=rf"(?<![\w.@/#$+\-])\+\d(?:[ .\-/()]{{0,2}}\d){{6,14}}{_EXTENSION}(?![\w@])",
        words=_PHONE,
        triggers=(regex(r"\+[0-9][ ./()-]{0,2}[0-9]"),),
        accept=is_phone_shape,
        is_bare=always,
        after_chars=10,
        context_score=0.75,
    ),
    PiiPattern(
        type="PHONE_NUMBER",
        pattern=rf"(?<![\w.@/#$+\-]){_NORTH_AMERICAN}(?![\w@])",
        words=_PHONE,
        triggers=(regex(r"[2-9][0-9]{2}[). -]{1,2}[2-9][0-9]{2}[.-][0-9]{4}"),),
        accept=is_phone_shape,
        is_bare=lambda text: "(" in text or "." not in text,
        after_chars=10,
        context_score=0.75,
    ),
    PiiPattern(
        # Any run of digits has the shape, so a narrower type beside its own word wins.
        type="PHONE_NUMBER",
        pattern=rf"(?<![\w.@/#$+\-])(?:00)?\(?\d(?:[ .\-/()]{{0,2}}\d){{6,14}}{_EXTENSION}(?![\w@])",
        words=_PHONE,
        accept=is_phone_shape,
        # "office" and "fax" follow at once; "during the call" says nothing about a number.
        after_chars=10,
        context_score=0.75,
    ),
)
