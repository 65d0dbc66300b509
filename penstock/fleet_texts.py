"""What the simulated fleet says and plants: fixed phrases, and values that look like secrets and are none.

Everything planted is made up when it is needed and put together from parts, so that no scanner finds it in this file.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_NAMES: Final = ("ada", "bo", "chen", "dana", "eli", "fay", "gus", "hana")
_PRODUCTS: Final = ("desk lamp", "winter coat", "headphones", "coffee grinder", "bicycle pump")
SERVICES: Final = ("checkout", "search", "billing", "catalog", "login")
TABLES: Final = ("orders", "sessions", "invoices", "page_views", "returns")

_REPLIES: Final = (
    "Hello {name}, your {product} is on its way and should arrive on Thursday.",
    "Hi {name}, the {product} is back in stock. Shall I reserve one for you?",
    "Thank you for your patience, {name}. The refund for the {product} was approved.",
    "Good morning {name}, the invoice for your {product} is in your account under Orders.",
)
_LOG_LINES: Final = (
    "deploy of {service} finished in 41 s, 3 of 3 replicas healthy",
    "{service}: error rate back under 0.1 % after the restart",
    "{service}: cache warmed, hit rate 97 %",
)
_REPORTS: Final = (
    "Table {table}: 18,204 rows, 0.4 % more than last week.",
    "The weekly summary of {table} is ready; nothing unusual.",
)
_TRACE: Final = (
    "Traceback (most recent call last):\n"
    '  File "/srv/{service}/handlers.py", line 88, in charge\n'
    "    receipt = gateway.charge(order)\n"
    "ValueError: order has no total"
)


def _letters(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))


def email(random: Random) -> str:
    """An address under a reserved domain (Source: RFC 2606)."""
    return f"{random.choice(_NAMES)}.{random.choice(_NAMES)}" + "@" + "example.com"


def card(random: Random) -> str:
    """A card number of a test range with a right check digit (Source: ISO/IEC 7812-1, Luhn)."""
    digits = [4, 2, 4, 2, *(random.randrange(10) for _ in range(11))]
    # The check digit makes the sum of the digits divisible by ten, each second one from the right doubled.
    total = sum(digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits))
    digits.append(-total % 10)
    text = "".join(map(str, digits))
    return " ".join(text[start : start + 4] for start in range(0, 16, 4))


def social_security_number(random: Random) -> str:
    """A number of the right form."""
    return f"{random.randrange(501, 586)}-{random.randrange(11, 99)}-{random.randrange(1001, 9998)}"


def _cloud_key(random: Random) -> str:
    return "AK" + "IA" + _letters(random, _BASE32, 16)


def _code_token(random: Random) -> str:
    return "gh" + "p_" + _letters(random, _BASE62, 36)


def _database_url(random: Random) -> str:
    return "postgres" + "://app:" + _letters(random, _BASE62, 16) + "@db-3:5432/orders"


_SECRETS: Final[tuple[tuple[str, Callable[[Random], str]], ...]] = (
    ("access key in use: ", _cloud_key),
    ("cloned with ", _code_token),
    ("connected to ", _database_url),
)
_PERSONAL: Final[tuple[tuple[str, Callable[[Random], str]], ...]] = (
    ("We wrote to ", email),
    ("The card on file is ", card),
    ("Your ssn ends the form: ", social_security_number),
)


def reply(random: Random) -> str:
    """A harmless answer to a customer."""
    return random.choice(_REPLIES).format(name=random.choice(_NAMES).title(), product=random.choice(_PRODUCTS))


def log_line(random: Random, service: str) -> str:
    """A harmless line of a log."""
    return random.choice(_LOG_LINES).format(service=service)


def report(random: Random, table: str) -> str:
    """A harmless sentence about a table."""
    return random.choice(_REPORTS).format(table=table)


def stack_trace(service: str) -> str:
    """A Python traceback."""
    return _TRACE.format(service=service)


def personal_sentence(random: Random) -> str:
    """A sentence that holds an address, a card number or a social security number."""
    lead, make = random.choice(_PERSONAL)
    return f"{lead}{make(random)}."


def secret_sentence(random: Random) -> str:
    """A sentence that holds a credential of no account."""
    lead, make = random.choice(_SECRETS)
    return f"{lead}{make(random)}"
