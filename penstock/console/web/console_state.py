"""What every page works with, made once when the console starts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import Environment
from starlette.requests import Request

from streams.sealing import Sealer
from streams.settings import Settings


class StoreView(Protocol):
    """The read model as pages see it."""

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection of the calling thread that cannot write; rows are `sqlite3.Row`."""


class AsOf(Protocol):
    """How current the read model is."""

    @property
    def at_ms(self) -> int | None:
        """Time of the newest record that is in, or None before the first."""

    @property
    def records_behind(self) -> int:
        """Records that Kafka has and the read model has not."""

    @property
    def is_caught_up(self) -> bool:
        """Whether everything that was there when it last looked is in."""

    @property
    def is_live(self) -> bool:
        """Whether Kafka answers."""


class FeedView(Protocol):
    """The feed as pages see it; safe to ask from any thread."""

    def as_of(self) -> AsOf:
        """How current the read model is."""

    def versions(self) -> Mapping[str, int]:
        """A counter per area that grows when something of it changed."""


class ActView(Protocol):
    """An act as the strip under the navigation shows it."""

    @property
    def act_id(self) -> str:
        """Its id, for undoing it."""

    @property
    def state(self) -> str:
        """Where it stands: waiting, sent, recorded, refused or failed."""

    @property
    def text(self) -> str:
        """What was done, in words."""

    @property
    def state_text(self) -> str:
        """Where it stands, in words."""

    @property
    def can_undo(self) -> bool:
        """Whether it can still be taken back."""


class ActsView(Protocol):
    """The outbox as every page sees it; safe to ask from any thread."""

    def recent(self, person_id: str) -> Sequence[ActView]:
        """The person's acts of the last minutes, the newest first."""

    def version(self) -> int:
        """A counter that grows when an act changes its state."""


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one process. `clock` gives milliseconds since 1970; `banner` stands on every page, if any.

    `outbox` and `people` are what acts and sign-in work with; pages that need them know their types.
    """

    settings: Settings
    store: StoreView
    feed: FeedView
    acts: ActsView
    templates: Environment
    clock: Callable[[], int]
    sealer: Sealer | None = None
    banner: str | None = None
    parts: Mapping[str, Any] | None = None


def console_of(request: Request) -> Console:
    """The console that serves the request."""
    console: Console = request.app.state.console
    return console
