"""Whether a URL carries data away: encoded text in its query, path or host, a message, or a place that collects.

Random identifiers are no evidence: signed links and image caches are full of them. What decodes to readable text is,
because chance does not write: sixteen random bytes are all printable once in ten million times.

Source: https://embracethered.com/blog/posts/2023/chatgpt-webpilot-data-exfil-via-markdown-injection/ (images that
carry a
conversation), OWASP Top 10 for LLM Applications 2025, LLM02 and LLM05; RFC 4648 (base64, base32, hex)
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress

from detectors.suspicious.urls import Url

# Services that show their owner whatever request arrives. A link to one of them, beyond its front page, collects.
COLLECTORS = (
    *("webhook.site", "requestbin.com", "requestbin.net", "pipedream.net", "hookbin.com", "requestcatcher.com"),
    *("beeceptor.com", "postb.in", "ptsv2.com", "ptsv3.com"),
    *("mockbin.org", "smee.io", "webhook.cool", "requestrepo.com"),
    *("ngrok.io", "ngrok.app", "ngrok.dev", "ngrok-free.app"),
    *("ngrok-free.dev", "trycloudflare.com", "loca.lt", "serveo.net"),
    *("interact.sh", "oast.pro", "oast.live", "oast.site", "oast.online", "oast.fun", "oast.me", "oastify.com"),
    *("burpcollaborator.net", "canarytokens.com", "canarytokens.org", "dnslog.cn", "ceye.io", "pingb.in", "bxss.me"),
    *("xss.report", "typedwebhook.tools", "webhookinbox.com"),
    *("requestinspector.com", "localhost.run", "dnsbin.zhack.ca"),
)
# Names of parameters that say what is carried.
TELLING = frozenset(
    {"data", "payload", "exfil", "leak", "leaked"}
    | {"secret", "secrets", "stolen", "dump", "conversation", "chat_history"}
    | {"system_prompt", "systemprompt", "cookie", "cookies", "creds"}
    | {"credentials", "password", "passwd", "pwd", "ssn"}
    | {"email", "api_key", "apikey", "env", "keys"}
    | {"chatlog", "messages", "userdata", "user_data", "stolen_data", "info"}
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,4000}={0,2}")
_BASE32 = re.compile(r"(?:[A-Z2-7]{16,2000}|[a-z2-7]{16,2000})={0,6}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){10,2000}|(?:[0-9A-F]{2}){10,2000}")
_EMAIL_OR_NUMBER = re.compile(
    r"[\w.+\-]{1,64}@[\w\-]{1,63}\.[a-z]{2}|(?<!\d)\d{3}[\- ]\d{2}[\- ]\d{4}(?!\d)"
    r"|(?<!\d)(?:\d{4}[\- ]?){3}\d{4}(?!\d)"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]+|\d{8,10}|\[.*\]")
# Image servers write the address of the original, or what to do with it, into the path.
_SOURCE = re.compile(
    r"(?i)\s*(?:https?:|s3:|gs:|local:|/?[\w./\-]+\.(?:png|jpe?g|gif|webp|svg|avif|mp4)\s*$|\{\"(?:bucket|key"
    r"|edits|url|src)\")"
)
# Letters before a message counts as one.
_LEAST_MESSAGE_CHARS = 24


# What a URL needs at least before it is worth reading: a long run that may be code, or a telling name.
_WORTH = re.compile(
    rf"=[A-Za-z0-9+/_%\-]{{24}}|[A-Za-z0-9+_%\-]{{27}}|[A-Za-z2-7]{{24}}\.|[?&;](?i:{'|'.join(sorted(TELLING))})="
)


def may_carry_data(text: str) -> bool:
    """Whether a text, or a URL that must be clicked, is worth a closer look; far cheaper than that look.

    >>> may_carry_data("see https://acme.com/shoes and https://webhook.site/x")
    True
    """
    if _WORTH.search(text) is not None:
        return True
    lowered = text.lower()
    return any(name in lowered for name in COLLECTORS)


def carries_data(url: Url, *, is_loaded: bool) -> bool:
    """Whether a URL takes data with it. `is_loaded`: it is fetched without a click, as an image is.

    >>> from detectors.suspicious.urls import parse_url
    >>> carries_data(parse_url("https://evil.example/p.png?d=dGhlIHBhc3N3b3JkIGlzIGh1bnRlcjI"), is_loaded=False)
    True
    >>> carries_data(parse_url("https://cdn.acme.com/shoes.png?w=300&v=3f2a9c"), is_loaded=True)
    False
    """
    if any(url.host == name or url.host.endswith(f".{name}") for name in COLLECTORS):
        return bool(url.query or url.segments or url.user) or url.host.count(".") > 1
    # Ids of pages are sometimes short words in base64; nobody sees them before the click that loads the page.
    least_chars = 10 if is_loaded else 20
    if any(is_readable_code(value, least_chars=least_chars) for value in _values(url)):
        return True
    if not is_loaded:
        return any(name in TELLING and _is_message(value) for name, value in url.query)
    if _ADDRESS.fullmatch(url.host) is not None and url.query:
        return True
    return any(
        (name in TELLING and len(value) >= 8) or _is_message(value) or _EMAIL_OR_NUMBER.search(value) is not None
        for name, value in url.query
    )


def _values(url: Url) -> Iterator[str]:
    """The places where encoded text can travel."""
    for name, value in url.query:
        yield value.replace(" ", "+")
        if not value:
            yield name
    yield from url.segments
    yield url.user
    # Labels hold 63 characters, so longer text is split over several.
    labels = url.host.split(".")[:-2]
    yield from labels
    yield "".join(labels)


def is_readable_code(value: str, *, least_chars: int = 10) -> bool:
    """Whether a value is base64, base32 or hex of readable text of at least so many characters.

    >>> is_readable_code("48656c6c6f20776f726c6421"), is_readable_code("3f2a9c77b1e04d5588aa0192")
    (True, False)
    """
    value = value.strip()
    for decoded in _decoded(value):
        try:
            text = decoded.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(text) >= least_chars and _is_written(text):
            return True
    return False


def _decoded(value: str) -> Iterator[bytes]:
    # A long number is an id, and half of its pairs of digits are letters by chance.
    if _HEX.fullmatch(value) and not value.isdigit():
        yield bytes.fromhex(value)
    if _BASE64.fullmatch(value):
        bare = value.rstrip("=").replace("-", "+").replace("_", "/")
        with suppress(binascii.Error):
            yield base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    if _BASE32.fullmatch(value):
        bare = value.rstrip("=").upper()
        with suppress(binascii.Error):
            yield base64.b32decode(bare + "=" * (-len(bare) % 8))


def _is_written(text: str) -> bool:
    """Text that somebody wrote: printable, nearly all letters, digits and common marks, no address of an image."""
    if not all(character.isprintable() or character in "\r\n\t" for character in text) or _SOURCE.match(text):
        return False
    plain = sum(character.isalnum() or character in " \n:.,@=-_\"'{}" for character in text)
    return plain >= 0.9 * len(text) and sum(character.isalnum() for character in text) >= 8


def _is_message(value: str) -> bool:
    return len(value) >= _LEAST_MESSAGE_CHARS and len(value.split()) >= 4
