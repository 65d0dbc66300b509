"""Texts such as agents write, about 550 characters each, made up from a seed: prose, JSON, logs, tables and code.

One in twenty-five holds something that must not leave. Nothing in here is real.
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from random import Random

_NAMES = ("Ada", "Noor", "Wei", "Lucía", "Jonas", "Amina", "Søren", "Priya", "Tomás", "Mei")
_ITEMS = ("headphones", "desk lamp", "train ticket", "router", "annual plan", "winter coat", "monitor", "gift card")
_SENTENCES = (
    "Your refund of ${amount} for the {item} was approved and will arrive within {n} business days.",
    "I checked the order {order} and the parcel left our warehouse on 2026-0{m}-1{d}.",
    "Please reply to this message if the {item} does not arrive by the end of the week.",
    "The plan renews automatically; you can change it in the settings of your account at any time.",
    "I have moved your booking to the flight at {h}:{mm}, seat {n}A, at no additional cost.",
    "Thanks for your patience while I looked into this, {name}.",
    "The error comes from a missing index; adding it brought the query from {n} s down to {amount} ms.",
    "See https://docs.example.com/articles/{order} for the steps, then restart the service.",
    "According to the policy a return is possible within {n} days – if the item is unused.",
    "The token limit of the model is {n}000, so the summary was cut in two parts.",
    "We compared three options: the cheapest costs ${amount}, the fastest arrives tomorrow.",
    "Let me know whether you would like a replacement, a voucher or the money back.",
)
_LOG = (
    "2026-0{m}-1{d}T{h}:{mm}:07Z INFO worker={n} request_id={hex} path=/v1/orders/{order} status=200 took_ms={amount}"
)
_CODE = (
    "def total(items: list[Item]) -> Decimal:",
    "    return sum((item.price * item.count for item in items), Decimal(0))",
    "const response = await fetch(`/api/orders/${id}`, { headers: { Accept: 'application/json' } });",
    "if (response.status !== 200) throw new Error('order ' + id + ' was not found');",
    "SELECT id, status, created_at FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 20;",
    "export PATH=$HOME/bin:$PATH && make install && ./run --port 8080 --workers 4",
)
TARGET_CHARS = 550
_PLANTED_SHARE = 0.04


def made_up_texts(count: int, *, seed: int = 1) -> list[str]:
    """So many texts; the same for the same seed."""
    random = Random(seed)
    kinds = (_prose, _prose, _prose, _json, _log, _code, _table)
    texts = []
    for _ in range(count):
        text = random.choice(kinds)(random, max(80, int(random.gauss(TARGET_CHARS, 180))))
        if random.random() < _PLANTED_SHARE:
            place = text.find(" ", random.randrange(len(text))) + 1
            text = f"{text[:place]}{_planted(random)} {text[place:]}"
        texts.append(text)
    return texts


def texts_of(folder: Path) -> list[str]:
    """The texts of a folder: each file, or each line of one that ends in .jsonl (its `text` or `content`)."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl":
            rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line)
            found = (row.get("text") or row.get("content") for row in rows)
            texts += [text if isinstance(text, str) else json.dumps(text) for text in found if text]
        elif path.is_file():
            texts.append(path.read_text("utf-8", errors="replace"))
    return texts


def _filled(random: Random, template: str) -> str:
    values = {
        "amount": f"{random.randint(3, 900)}.{random.randint(10, 99)}",
        "item": random.choice(_ITEMS),
        "n": str(random.randint(2, 30)),
        "order": f"{random.choice(string.ascii_uppercase)}{random.randint(10_000, 999_999)}",
        "name": random.choice(_NAMES),
        "m": str(random.randint(1, 9)),
        "d": str(random.randint(0, 9)),
        "h": f"{random.randint(0, 23):02}",
        "mm": f"{random.randint(0, 59):02}",
        "hex": f"{random.getrandbits(128):032x}",
    }
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template


def _joined(random: Random, templates: tuple[str, ...], chars: int, separator: str) -> str:
    pieces: list[str] = []
    while sum(map(len, pieces)) < chars:
        pieces.append(_filled(random, random.choice(templates)))
    return separator.join(pieces)


def _prose(random: Random, chars: int) -> str:
    return _joined(random, _SENTENCES, chars, random.choice((" ", " ", "\n\n", "\n- ")))


def _log(random: Random, chars: int) -> str:
    return _joined(random, (_LOG,), chars, "\n")


def _code(random: Random, chars: int) -> str:
    return _joined(random, _CODE, chars, "\n")


def _table(random: Random, chars: int) -> str:
    return "| order | item | total |\n|---|---|---|\n" + _joined(
        random, ("| {order} | {item} | ${amount} |",), chars, "\n"
    )


def _json(random: Random, chars: int) -> str:
    rows = []
    while len(json.dumps(rows)) < chars:
        rows.append(
            {
                "order_id": _filled(random, "{order}"),
                "status": random.choice(("shipped", "open", "returned")),
                "total": random.randint(100, 90_000) / 100,
                "items": [{"name": random.choice(_ITEMS), "count": random.randint(1, 4)}],
                "updated_at": _filled(random, "2026-0{m}-1{d}T{h}:{mm}:00Z"),
            }
        )
    return json.dumps(rows, indent=random.choice((None, 2)))


def _planted(random: Random) -> str:
    def drawn(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
        return "".join(random.choice(alphabet) for _ in range(count))

    return random.choice(
        (
            f"jane.{drawn(5, string.ascii_lowercase)}@acme.com",
            "card 4111 1111 1111 1111",
            f"ssn 219-09-{random.randint(1000, 9999)}",
            "gh" + "p_" + drawn(36),
            f"password = {drawn(12)}",
            f"10.11.{random.randint(1, 250)}.7",
            "/home/ada/src/settings.py",
        )
    )
