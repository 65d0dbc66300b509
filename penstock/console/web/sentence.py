"""A held action as one plain sentence: what it would do, to whom, how much, and whether it can be undone.

    billing-bot wants to refund (tool pay, class job.support.refund): order 9, USD 420.00 as its arguments say, in prod;
    customers see it; it cannot be undone.

Theory of operation. The sentence is made from what would be carried out (tool, class and arguments: the digest binds
them) and from the facts that policy judged by. It never quotes the agent's reasoning, labels or claims about itself. An
amount that stands in no argument is told as such, because then only a claim or a rule's derivation says it. A verb is
only taken from the tool's or the class's own name, and both names always stand beside it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from penstock.console.web.words import amount as dollars

# Longest value of an argument inside the sentence, characters; the whole stands among the arguments below.
MAX_VALUE_CHARS: Final = 60
# Targets that the sentence names; more are counted.
MAX_TARGETS: Final = 3
# Arguments that are looked at for targets and amounts.
MAX_LEAVES: Final = 2_000
# Words that begin a command. Ordinary English; a name that begins otherwise is told as a name.
_VERBS: Final = """
    add apply approve archive assign ban block book buy calculate cancel change charge clear close copy create credit
    deactivate debit delete deliver deploy disable download drop edit email enable execute export fetch find forward get
    grant import insert install invite issue launch list lock look make merge message modify move notify open order
    pause pay place post publish purge push put query read reboot refund register reject release remove rename renew
    replace reply reserve reset resize restart restore resume retry return revoke rotate run save scale schedule search
    sell send set share ship show start stop submit subscribe suspend sync terminate transfer unblock unlock update
    upgrade upload verify void wipe withdraw write
"""
VERBS: Final = frozenset(_VERBS.split())
# Names of arguments that say whom or what an action is about, the most telling first.
_TARGETS: Final = """
    to recipient recipients email emails phone cc bcc customer customer_id user user_id username account account_id
    account_number iban order order_id reservation_id booking_id invoice_id invoice payment_id subscription_id ticket_id
    ticket case_id employee_id patient_id host hostname server instance_id cluster namespace service database table
    bucket repo repository branch path file url domain channel project id
"""
TARGETS: Final = tuple(_TARGETS.split())
_RANK: Final = {name: rank for rank, name in enumerate(TARGETS)}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


class Stress(StrEnum):
    """How much a phrase of the sentence matters."""

    PLAIN = "plain"
    STRONG = "strong"
    WARNING = "warning"


class Phrase(NamedTuple):
    """A piece of the sentence; its text may come from outside and is escaped where it is shown."""

    text: str
    stress: Stress = Stress.PLAIN


class Facts(Protocol):
    """What policy judged by; a row of the read model, or a `Deed`."""

    @property
    def agent_id(self) -> str: ...

    @property
    def topic(self) -> str: ...

    @property
    def tool(self) -> str | None: ...

    @property
    def amount_usd(self) -> str | None: ...

    @property
    def affected_users(self) -> int | None: ...

    @property
    def customer_facing(self) -> bool | None: ...

    @property
    def reversible(self) -> bool | None: ...

    @property
    def environment(self) -> str | None: ...

    @property
    def tenant_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Deed:
    """The facts of an action that is told, from the `summary` of a request or sample."""

    agent_id: str
    topic: str
    tool: str | None = None
    amount_usd: str | None = None
    affected_users: int | None = None
    customer_facing: bool | None = None
    reversible: bool | None = None
    environment: str | None = None
    tenant_id: str | None = None

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Deed:
        """The facts that a summary has; what it lacks is unknown."""
        texts = {name: summary.get(name) for name in ("tool", "amount_usd", "environment", "tenant_id")}
        return cls(
            str(summary.get("agent_id")),
            str(summary.get("topic")),
            **{name: value if isinstance(value, str) else None for name, value in texts.items()},
            affected_users=_whole(summary.get("affected_users")),
            customer_facing=_flag(summary.get("customer_facing")),
            reversible=_flag(summary.get("reversible")),
        )


class _Leaf(NamedTuple):
    name: str
    value: Any
    entries: int


def sentence(facts: Facts, arguments: Mapping[str, Any] | None) -> tuple[Phrase, ...]:
    """The action in words; without `arguments` (sealed, or not for this reader) what only they say is left out."""
    leaves = [] if arguments is None else list(_leaves(arguments))
    phrases = [Phrase(facts.agent_id, Stress.STRONG), Phrase(" wants to "), *_what(facts)]
    targets = _targets(leaves)
    if targets:
        phrases.append(Phrase(": "))
        phrases += targets
    if facts.amount_usd is not None:
        phrases += [Phrase(", " if targets else ": "), *_amount(facts.amount_usd, leaves, arguments is not None)]
    if facts.environment is not None:
        phrases.append(Phrase(f", in {facts.environment}"))
    if facts.tenant_id is not None:
        phrases.append(Phrase(f", for tenant {facts.tenant_id}"))
    phrases += _reach(facts)
    phrases += _undo(facts.reversible)
    return (*phrases, Phrase("."))


def headline(facts: Facts) -> str:
    """Who wants to do what, and for how much, for a line of a list; nothing of the payload."""
    return plain_text((Phrase(f"{facts.agent_id}: "), _what(facts)[0], *_headline_amount(facts)))


def _headline_amount(facts: Facts) -> list[Phrase]:
    return [] if facts.amount_usd is None else [Phrase(f", {dollars(facts.amount_usd)}")]


def plain_text(phrases: tuple[Phrase, ...]) -> str:
    """The sentence without stress."""
    return "".join(phrase.text for phrase in phrases)


def _what(facts: Facts) -> list[Phrase]:
    tool_words, class_words = _words(facts.tool or ""), _words(facts.topic.rpartition(".")[2])
    if tool_words and tool_words[0] in VERBS:
        done = Phrase(" ".join(tool_words), Stress.STRONG)
    elif class_words and class_words[0] in VERBS:
        done = Phrase(" ".join(class_words), Stress.STRONG)
    elif facts.tool is not None:
        done = Phrase(f"use the tool {facts.tool}", Stress.STRONG)
    else:
        done = Phrase(f"do something of the class {facts.topic}", Stress.STRONG)
    tool = "" if facts.tool is None else f"tool {facts.tool}, "
    return [done, Phrase(f" ({tool}class {facts.topic})")]


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _leaves(arguments: Mapping[str, Any]) -> Iterator[_Leaf]:
    """Scalars with the nearest name above them, and lists of scalars as one; in document order."""
    stack: list[tuple[str, Any]] = [(name, value) for name, value in reversed(list(arguments.items()))]
    seen = 0
    while stack and seen < MAX_LEAVES:
        name, value = stack.pop()
        seen += 1
        if isinstance(value, Mapping):
            stack += [(str(key), child) for key, child in reversed(list(value.items()))]
        elif isinstance(value, list | tuple):
            if value and all(isinstance(item, str | int | float) for item in value):
                yield _Leaf(name, value[0], len(value))
            stack += [(name, child) for child in reversed(value) if isinstance(child, Mapping | list | tuple)]
        else:
            yield _Leaf(name, value, 1)


def _targets(leaves: list[_Leaf]) -> list[Phrase]:
    """Whom or what it is about, by the names of arguments."""
    ranked = [(rank, leaf) for leaf in leaves if (rank := _rank(leaf)) is not None]
    ranked.sort(key=lambda entry: entry[0])
    if not ranked:
        # No name says what it is about; the first arguments say more than nothing.
        ranked = [(0, leaf) for leaf in leaves if leaf.value not in (None, "") and not isinstance(leaf.value, bool)]
    phrases: list[Phrase] = []
    for _, leaf in ranked[:MAX_TARGETS]:
        phrases += [Phrase(", ")] if phrases else []
        more = f" and {leaf.entries - 1:,} more" if leaf.entries > 1 else ""
        phrases += [Phrase(f"{leaf.name} "), Phrase(f"{_short(leaf.value)}{more}", Stress.STRONG)]
    if len(ranked) > MAX_TARGETS:
        phrases.append(Phrase(f" and {len(ranked) - MAX_TARGETS:,} more named below"))
    return phrases


def _rank(leaf: _Leaf) -> int | None:
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, str | int) or leaf.value == "":
        return None
    name = "_".join(_words(leaf.name))
    rank = _RANK.get(name)
    return len(TARGETS) if rank is None and name.endswith(("_id", "_ids", "_email")) else rank


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}…"


def _amount(amount_usd: str, leaves: list[_Leaf], has_arguments: bool) -> list[Phrase]:
    told = Phrase(dollars(amount_usd), Stress.STRONG)
    if not has_arguments:
        return [told]
    if any(_is_equal(leaf.value, amount_usd) for leaf in leaves):
        return [told, Phrase(" as its arguments say")]
    return [told, Phrase(" by the agent's own claim or a rule; its arguments do not say it", Stress.WARNING)]


def _is_equal(value: object, amount_usd: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value).strip().lstrip("$").replace(",", "")
    if _DECIMAL.fullmatch(text) is None:
        return False
    try:
        return abs(Decimal(text)) == abs(Decimal(amount_usd))
    except InvalidOperation:
        return False


def _reach(facts: Facts) -> list[Phrase]:
    phrases = []
    if facts.affected_users is not None:
        people = "1 person" if facts.affected_users == 1 else f"{facts.affected_users:,} people"
        phrases.append(Phrase(f"; it affects {people}"))
    if facts.customer_facing is True:
        phrases.append(Phrase("; customers see it"))
    return phrases


def _undo(reversible: bool | None) -> list[Phrase]:
    if reversible is True:
        return [Phrase("; it can be undone")]
    if reversible is False:
        return [Phrase("; "), Phrase("it cannot be undone", Stress.WARNING)]
    return [Phrase("; "), Phrase("nobody has said whether it can be undone", Stress.WARNING)]


def _whole(value: object) -> int | None:
    return value if type(value) is int else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
