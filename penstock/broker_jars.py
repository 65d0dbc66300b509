"""Apache Kafka's own jars, downloaded once into a cache that many processes may share.

Theory of operation. `broker_jars.lock` names every jar by Maven coordinate, size and SHA-256, so a download needs no
dependency resolution, its progress is known in advance, and nothing that differs by one bit is ever run. One process
at a time fills the cache (a file lock). It downloads into a staging folder beside the final one, checks every digest,
writes the marker `complete`, and renames the folder into place: what has the final name was complete when it got it.
A folder found damaged later is replaced under the same lock; staging folders of processes that died are swept away.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from penstock.broker_errors import BrokerError

# What Kafka itself is; the lock beside this module is the closure of these two.
ENDPOINTS = ("org.apache.kafka:kafka_2.13:4.1.0", "org.slf4j:slf4j-simple:1.7.36")
LOCK_FILE = Path(__file__).with_name("broker_jars.lock")

# Seconds for the whole download, and for waiting until another process has finished its own: 43 MB on a slow line.
DOWNLOAD_TIMEOUT_S = 600.0
# Parallel downloads: Maven Central answers a small file slowly whatever the line.
DOWNLOAD_THREADS = 6
# Seconds between two looks at a file lock that another process holds.
LOCK_POLL_S = 0.1

# Told the stage ("jars", "format", "start"), what is done and the total where it is known. The unit of "jars" is bytes,
# that of the others brokers. Called from one thread at a time, not always the caller's.
Progress = Callable[[str, int, int | None], None]
# Puts one jar at a path, telling the bytes of each chunk; raises any error when it cannot.
Download = Callable[["Jar", Path, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar; `coordinate` is group:artifact:version."""

    coordinate: str
    size_bytes: int
    sha256: str

    @property
    def filename(self) -> str:
        """The name that Maven gives the file."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def default_cache_dir(environ: Mapping[str, str]) -> Path:
    """`PENSTOCK_CACHE_DIR`, else the folder `penstock` in the platform's user cache."""
    if chosen := environ.get("PENSTOCK_CACHE_DIR"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "penstock"
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "penstock"


def read_lock(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars that `path` locks."""
    lines = (
        line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    )
    return tuple(Jar(coordinate, int(size), sha256) for coordinate, size, sha256 in lines)


def ensure_jars(
    cache_dir: Path,
    *,
    jars: Sequence[Jar] | None = None,
    download: Download | None = None,
    progress: Progress | None = None,
    timeout_s: float = DOWNLOAD_TIMEOUT_S,
) -> Path:
    """The folder that holds all of `jars` (default: the lock's), downloaded first when needed.

    Safe for any number of threads and processes at once: one downloads, the others wait for it.

    Raises:
        BrokerError: `BROKER_JARS_UNAVAILABLE` when the cache cannot be written, the network does not give a jar, a
            digest differs, or the time is over.
    """
    wanted = tuple(jars) if jars is not None else read_lock()
    digest = hashlib.sha256("\n".join(f"{jar.coordinate} {jar.sha256}" for jar in wanted).encode()).hexdigest()
    final = cache_dir / f"kafka-{digest[:16]}"
    if _is_complete(final, wanted):
        return final
    deadline = time.monotonic() + timeout_s
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with _locked(cache_dir / f"{final.name}.lock", deadline):
            if not _is_complete(final, wanted):
                _fill(final, wanted, download=download or _download, progress=progress, deadline=deadline)
    except OSError as error:
        raise _unavailable(
            f"cannot write Kafka's jars under {cache_dir}: {error.strerror or type(error).__name__}",
            advice="set PENSTOCK_CACHE_DIR to a folder that you can write",
        ) from error
    return final


def _is_complete(folder: Path, jars: Sequence[Jar]) -> bool:
    try:
        return (folder / "complete").is_file() and all(
            (folder / jar.filename).stat().st_size == jar.size_bytes for jar in jars
        )
    except OSError:
        return False


@contextmanager
def _locked(path: Path, deadline: float) -> Iterator[None]:
    # The lock is the kernel's: it ends with its holder, however that dies.
    with path.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise _unavailable(
                        f"another process holds {path} and did not finish its download in time",
                        advice="end that process, then try again",
                    ) from None
                time.sleep(LOCK_POLL_S)
        yield


def _fill(final: Path, jars: Sequence[Jar], *, download: Download, progress: Progress | None, deadline: float) -> None:
    for stale in final.parent.glob(f".{final.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
    try:
        _download_all(jars, staging, download=download, progress=progress, deadline=deadline)
        shutil.rmtree(staging / "maven", ignore_errors=True)
        (staging / "complete").write_text("".join(f"{jar.sha256}  {jar.filename}\n" for jar in jars))
        if final.exists():
            final.rename(staging / "damaged")
        # INVARIANT: the marker is on disk inside the folder before the folder gets its final name.
        staging.rename(final)
        shutil.rmtree(final / "damaged", ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _download_all(
    jars: Sequence[Jar], folder: Path, *, download: Download, progress: Progress | None, deadline: float
) -> None:
    total = sum(jar.size_bytes for jar in jars)
    done = 0
    lock = threading.Lock()

    def advance(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            if progress is not None:
                progress("jars", done, total)

    def one(jar: Jar) -> None:
        target = folder / jar.filename
        download(jar, target, advance)
        with target.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        if found != jar.sha256:
            raise _unavailable(
                f"{jar.filename} is not the file that was locked: expected SHA-256 {jar.sha256}, got {found}",
                advice="a proxy may have changed it; do not run it",
            )

    if progress is not None:
        progress("jars", 0, total)
    pool = ThreadPoolExecutor(max_workers=DOWNLOAD_THREADS, thread_name_prefix="penstock-jars")
    try:
        futures = {pool.submit(one, jar): jar for jar in jars}
        finished, pending = wait(futures, timeout=max(0.0, deadline - time.monotonic()), return_when=FIRST_EXCEPTION)
        for future in finished:
            error = future.exception()
            if isinstance(error, BrokerError):
                raise error
            if error is not None:
                raise _unavailable(f"cannot download {futures[future].filename}: {_one_line(error)}") from error
        if pending:
            raise _unavailable(f"the download of Kafka's jars took longer than its limit ({done} of {total} bytes)")
    finally:
        # A thread that hangs in a read ends by its own time limit; nobody waits for it here.
        pool.shutdown(wait=False, cancel_futures=True)


def _download(jar: Jar, target: Path, advance: Callable[[int], None]) -> None:
    try:
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise _unavailable(
            "jgo, which downloads Kafka's jars, is not installed", advice="pip install 'penstock[broker]'"
        ) from error

    @contextmanager
    def report(filename: str, size_bytes: int) -> Iterator[Callable[[int], None]]:
        yield advance

    # jgo tells its checksum remarks to a terminal that nobody set up; ours decides, so they are noise.
    logging.getLogger("jgo").setLevel(logging.CRITICAL)
    group, artifact, version = jar.coordinate.split(":")
    context = MavenContext(repo_cache=target.parent / "maven", resolver=PythonResolver(progress_callback=report))
    found = context.project(group, artifact).at_version(version).artifact().resolve()
    found.replace(target)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}"


def _unavailable(message: str, *, advice: str = "check the network, then try again") -> BrokerError:
    return BrokerError(message, code="BROKER_JARS_UNAVAILABLE", advice=advice)


def resolve_lock() -> str:
    """The text of the lock file, resolved anew from Maven Central; for a person who moves to another Kafka.

    Run it as `python -m penstock.broker_jars > penstock/broker_jars.lock`.
    """
    from jgo.maven import MavenContext

    rows: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder))
        inputs, transitive = context.resolver.resolve([context.create_dependency(text) for text in ENDPOINTS])
        for dependency in inputs + transitive:
            artifact = dependency.artifact
            data = artifact.resolve().read_bytes()
            coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
            rows.append(f"{coordinate} {len(data)} {hashlib.sha256(data).hexdigest()}\n")
    title = f"# {' and '.join(ENDPOINTS)} with all they need: Maven coordinate, bytes, SHA-256."
    return f"{title} Made by `python -m penstock.broker_jars`.\n" + "".join(sorted(rows))


if __name__ == "__main__":
    sys.stdout.write(resolve_lock())
