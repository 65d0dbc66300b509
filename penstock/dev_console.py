"""The console's process as `penstock dev` sees it: started, its address read, ended."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from penstock.broker_ports import free_ports
from streams.settings import PREFIX, Settings

# Where the console of `penstock dev` is, unless somebody else is there.
USUAL_PORT: Final = 9480
# What the process says on standard output; `penstock.console.serve` says so.
URL_MARK: Final = "console: "
USER_MARK: Final = "first user: "
STOP_GRACE_S: Final = 15.0


def console_port() -> int:
    """The usual port where it is free, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            return free_ports(1)[0]
    return USUAL_PORT


def is_installed() -> bool:
    """Whether the packages of the extra `console` are there."""
    return all(find_spec(name) is not None for name in ("starlette", "uvicorn", "argon2", "sse_starlette"))


class ConsoleProcess:
    """One console in a process of its own. `url` and `first_user` are known once it has said them."""

    def __init__(
        self,
        settings: Settings,
        log: Path,
        *,
        teams: Iterable[str] = (),
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Only remembers; `teams` are the first user's, `say` is told each line that the process has for a person."""
        self._settings, self.log, self._teams, self._say = settings, log, sorted(teams), say
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_ending = False
        self.url: str | None = None
        self.first_user: str | None = None

    @property
    def ended(self) -> str | None:
        """A line for a person once the process has ended unasked; the gate goes on without it."""
        process = self._process
        if process is None or process.returncode is None or self._is_ending:
            return None
        return f"the console ended with status {process.returncode}; its log: {self.log}"

    async def start(self) -> None:
        """Start the process."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "penstock.dev_console_child",
                *self._teams,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=console_environment(os.environ, self._settings),
                start_new_session=True,
            )
        self._reading = asyncio.create_task(self._read(self._process.stdout), name="console-lines")

    async def _read(self, lines: asyncio.StreamReader | None) -> None:
        while lines is not None and (line := await lines.readline()):
            text = line.decode("utf-8", "replace").strip()
            if self._say is not None:
                self._say(text)
            if text.startswith(URL_MARK):
                self.url = text.removeprefix(URL_MARK)
            elif text.startswith(USER_MARK):
                self.first_user = text.removeprefix(USER_MARK)

    async def stop(self, *, grace_s: float = STOP_GRACE_S) -> None:
        """End the process: SIGTERM, and SIGKILL after `grace_s`."""
        process = self._process
        if process is not None and process.returncode is None:
            self._is_ending = True
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), grace_s)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await asyncio.wait_for(process.wait(), STOP_GRACE_S)
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)


def console_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The environment of the console: `environ` with what `penstock dev` decides; keys travel as files only."""
    given = {
        "BOOTSTRAP": settings.bootstrap,
        "DATA_DIR": str(settings.data_dir),
        "PAYLOAD_KEY_FILE": str(settings.payload_key_file),
        "REVIEW_SIGNING_KEY_FILE": str(settings.review_signing_key_file),
        "CONSOLE_PORT": str(settings.console_port),
        "CONSOLE_LOCAL_USERS": "true",
    }
    dropped = {f"{PREFIX}PAYLOAD_KEY", f"{PREFIX}REVIEW_SIGNING_KEY", "KAFKA_BOOTSTRAP"}
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return {**kept, **{PREFIX + name: value for name, value in given.items()}}
