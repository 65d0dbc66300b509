"""The console as a process: everything is made once, in the order of its dependence, and ended backwards."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette

from detectors.scanner import Scanner
from penstock.console.acts.answers import answers_in
from penstock.console.acts.channel import KafkaChannel
from penstock.console.acts.ledger import Answer, Followed
from penstock.console.acts.outbox import Outbox, OutboxLimits
from penstock.console.acts.reasons import REASON_PROFILE
from penstock.console.notify.sender import Notifier
from penstock.console.notify.targets import load_receivers
from penstock.console.notify.told import Told
from penstock.console.people.guards import guards
from penstock.console.people.pages import SignInPages
from penstock.console.people.people import FIRST_USER, People
from penstock.console.readmodel.feed import Feed
from penstock.console.readmodel.store import Store
from penstock.console.web.app import create_app, error_page
from penstock.console.web.console_state import Console
from penstock.console.web.contents import Contents
from penstock.console.web.render import environment, page
from penstock.console.web.site import PAGES
from streams.clock import wall_clock_ms
from streams.plan_cache import read_plan
from streams.recognizers import scanner_of
from streams.review_signing import ReviewSigner
from streams.sealing import Sealer
from streams.settings import Settings, SettingsError

# How long open pages may take to finish at the end, seconds; live updates never do by themselves.
STOP_GRACE_S: Final = 2
# Connections that wait while all are served.
BACKLOG: Final = 128
# What a person is told of a console that lets local users in.
LOCAL_BANNER: Final = "This console lets local users in: for development, on this machine only."

log = structlog.get_logger()


class AddressError(SettingsError):
    """The address of the console cannot be listened on."""

    code = "ADDRESS_IN_USE"


def run(settings: Settings, *, announce: Callable[[str], None], first_teams: Sequence[str] = ()) -> None:
    """Serve the console until SIGINT or SIGTERM; then send what waits and end.

    `announce` shows a line to the person who started it: the address, and once the first user's one-time password.
    `first_teams` are the teams of that user.

    Raises:
        SettingsError: no signing key, nobody could sign in, or the address cannot be listened on.
        GateError: a file that the settings name cannot be used.
    """
    with ExitStack() as stack:
        listening = stack.enter_context(_listening(settings))
        host, port = listening.getsockname()[:2]
        url = settings.console_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        app, people = _made(settings, stack, url=url)
        password = people.first_user(teams=first_teams)
        if password is not None:
            announce(f"first user: {FIRST_USER}, one-time password: {password}")
        announce(f"console: {url}")
        _serve(app, listening)


def _made(settings: Settings, stack: ExitStack, *, url: str) -> tuple[Starlette, People]:
    """The application and its people; what was started ends with `stack`, the last one first."""
    clock = wall_clock_ms
    signer = _signer(settings)
    payload_key = settings.secret("payload_key")
    sealer = None if payload_key is None else Sealer(payload_key)
    scanner = scanner_of(settings, plan=None if settings.plan_cache is None else read_plan(settings.plan_cache))
    # Compiled while nobody waits for a page yet; whoever is faster waits for the same.
    threading.Thread(target=scanner.warm, name="warm-scanner", daemon=True).start()
    people = People(settings, clock=clock)
    stack.callback(people.close)
    store = Store(settings.console_path("model"))
    stack.callback(store.close)
    feed = Feed(settings, store, clock=clock)
    outbox = _outbox(settings, store, signer=signer, clock=clock)
    console = Console(
        settings=settings,
        store=store,
        feed=feed,
        acts=outbox,
        templates=environment(clock),
        clock=clock,
        sealer=sealer,
        banner=LOCAL_BANNER if settings.console_local_users else None,
        parts={"contents": Contents(sealer, scanner), "people": people},
    )
    _notifier(settings, store, feed, stack, url=url)
    feed.start()
    stack.callback(feed.stop)
    outbox.start()
    stack.callback(outbox.stop)
    app = create_app(
        console, routes=[*PAGES, *SignInPages(people, page).routes()], middleware=guards(people, error_page)
    )
    return app, people


def _signer(settings: Settings) -> ReviewSigner:
    seed = settings.secret("review_signing_key")
    if seed is None:
        raise SettingsError(
            "the console has no key to sign reviews with",
            code="SIGNING_KEY_MISSING",
            advice="set PENSTOCK_REVIEW_SIGNING_KEY_FILE; `penstock review key` prints what the gate has to trust",
        )
    return ReviewSigner(seed)


def _outbox(settings: Settings, store: Store, *, signer: ReviewSigner, clock: Callable[[], int]) -> Outbox:
    def answers(reviews: Sequence[Followed]) -> Mapping[str, Answer]:
        with store.read() as connection:
            return answers_in(connection, reviews)

    return Outbox(
        channel=lambda: KafkaChannel(settings),
        answers=answers,
        signer=signer,
        scanner=Scanner(REASON_PROFILE),
        clock=clock,
        limits=OutboxLimits(undo_ms=round(settings.console_undo_s * 1000)),
    )


def _notifier(settings: Settings, store: Store, feed: Feed, stack: ExitStack, *, url: str) -> None:
    if settings.console_webhooks_file is None:
        return
    notifier = Notifier(
        receivers=load_receivers(settings.console_webhooks_file),
        store=store,
        feed=feed,
        told=Told(settings.console_path("logins").with_name("told.sqlite")),
        base_url=url,
        clock=wall_clock_ms,
    )
    notifier.start()
    stack.callback(notifier.stop)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket of the console, bound before anything else so that a wrong address is known at once."""
    family = socket.AF_INET6 if ":" in settings.console_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((settings.console_host, settings.console_port))
        except OSError as exc:
            raise AddressError(
                f"{settings.console_host}:{settings.console_port} cannot be listened on ({exc.strerror})",
                advice="set PENSTOCK_CONSOLE_HOST and PENSTOCK_CONSOLE_PORT",
            ) from None
        made.listen(BACKLOG)
        yield made


def _serve(app: Starlette, listening: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        # Who is asked through a proxy is decided by our own guards, by the proxies that the settings name.
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=STOP_GRACE_S,
    )
    # uvicorn raises the signal again when it has ended; as an exception it lets what comes after run.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))
    except KeyboardInterrupt:
        log.info("console_stopping")
    finally:
        signal.signal(signal.SIGTERM, before)
