"""No request changes anything that another site made a browser send.

Proofs, all needed: the browser says that the request comes from our own pages (`Sec-Fetch-Site`, `Origin`), and the
form carries the token of the session, which no other site can read. The middleware reads the form before any page does,
so that no page can forget to ask.
Source: W3C Fetch Metadata Request Headers; OWASP Cross-Site Request Forgery Prevention, synchronizer token pattern.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
FORM: Final = "application/x-www-form-urlencoded"
FIELD: Final = "csrf"
# Fields of one form: a batch has a few for each of 25 items.
MOST_FIELDS: Final = 1000


class Distrust(StrEnum):
    """Why a request is not trusted to be the person's own; the first that applies."""

    METHOD = "method"
    OTHER_SITE = "other_site"
    OTHER_ORIGIN = "other_origin"
    NO_ORIGIN = "no_origin"
    NO_FORM = "no_form"
    NO_TOKEN = "no_token"  # noqa: S105 - a word, no password
    OTHER_TOKEN = "other_token"  # noqa: S105 - as above


def distrust_of_headers(method: str, headers: Mapping[str, str], origins: Collection[str]) -> Distrust | None:
    """Why a request is not trusted by its headers; `origins` are our own, names of `headers` are in lower case."""
    if method in SAFE_METHODS:
        return None
    if method != "POST":
        return Distrust.METHOD
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return Distrust.OTHER_SITE
    if origin is not None and origin not in origins:
        return Distrust.OTHER_ORIGIN
    if origin is None and site is None:
        return Distrust.NO_ORIGIN
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return Distrust.NO_FORM
    return None


def distrust_of_form(body: bytes, expected: str | None) -> Distrust | None:
    """Why a form is not trusted; `expected` is the token of the session or visit, None where there is none.

    The token stands exactly once: two readers of a form could take another one each.
    """
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return Distrust.NO_FORM
    tokens = [value for name, value in fields if name == FIELD]
    if len(tokens) != 1 or not tokens[0]:
        return Distrust.NO_TOKEN
    if expected is None or not hmac.compare_digest(tokens[0].encode(), expected.encode()):
        return Distrust.OTHER_TOKEN
    return None
