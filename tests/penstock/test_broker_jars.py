"""The cache of Kafka's jars: complete or absent, whoever fills it and however that ends."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.broker_errors import BrokerError
from penstock.broker_jars import ENDPOINTS, Jar, default_cache_dir, ensure_jars, read_lock

CONTENT = {f"org.example:part-{number}:1.0": b"jar %d" % number * 100 for number in range(4)}
JARS = tuple(Jar(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items())


def give(jar: Jar, target: Path, advance: Callable[[int], None]) -> None:
    target.write_bytes(CONTENT[jar.coordinate])
    advance(jar.size_bytes)


def refuse(jar: Jar, target: Path, advance: Callable[[int], None]) -> None:
    raise ConnectionError("no route\nto the host")


def test_jars_are_downloaded_once_and_progress_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    folder = ensure_jars(tmp_path, jars=JARS, download=give, progress=lambda *step: told.append(step))
    total = sum(jar.size_bytes for jar in JARS)
    assert told[0] == ("jars", 0, total)
    assert told[-1] == ("jars", total, total)
    assert {path.name for path in folder.iterdir()} == {"complete", *(jar.filename for jar in JARS)}
    assert ensure_jars(tmp_path, jars=JARS, download=refuse) == folder


def test_failed_download_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(BrokerError) as caught:
        ensure_jars(tmp_path, jars=JARS, download=refuse)
    text = str(caught.value)
    assert caught.value.code == "BROKER_JARS_UNAVAILABLE"
    assert "no route to the host" in text
    assert "\n" not in text
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    assert ensure_jars(tmp_path, jars=JARS, download=give).is_dir()


def test_file_that_differs_from_the_lock_is_never_published(tmp_path: Path) -> None:
    def tamper(jar: Jar, target: Path, advance: Callable[[int], None]) -> None:
        target.write_bytes(b"x" * jar.size_bytes)

    with pytest.raises(BrokerError, match="is not the file that was locked"):
        ensure_jars(tmp_path, jars=JARS, download=tamper)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_damaged_folder_is_replaced_and_staging_of_dead_processes_is_swept(tmp_path: Path) -> None:
    folder = ensure_jars(tmp_path, jars=JARS, download=give)
    (folder / JARS[0].filename).write_bytes(b"short")
    stale = tmp_path / f".{folder.name}-dead"
    stale.mkdir()
    assert ensure_jars(tmp_path, jars=JARS, download=give) == folder
    assert (folder / JARS[0].filename).read_bytes() == CONTENT[JARS[0].coordinate]
    assert not stale.exists()
    assert not (folder / "damaged").exists()


def test_download_that_never_ends_is_given_up(tmp_path: Path) -> None:
    def crawl(jar: Jar, target: Path, advance: Callable[[int], None]) -> None:
        time.sleep(1)

    started = time.monotonic()
    with pytest.raises(BrokerError, match="took longer than its limit"):
        ensure_jars(tmp_path, jars=JARS, download=crawl, timeout_s=0.2)
    assert time.monotonic() - started < 0.9


def test_cache_that_cannot_be_written_says_what_to_set(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(BrokerError, match="cannot write Kafka's jars under") as caught:
        ensure_jars(blocked / "cache", jars=JARS, download=give)
    assert "PENSTOCK_CACHE_DIR" in str(caught.value)


FILLER = """
import hashlib, sys, time
from pathlib import Path
from penstock.broker_jars import Jar, ensure_jars

cache = Path(sys.argv[1])
data = b"same for all"
jars = [Jar(f"org.example:part-{n}:1.0", len(data), hashlib.sha256(data).hexdigest()) for n in range(4)]

def download(jar, target, advance):
    with (cache / "downloads").open("a") as log:
        log.write(jar.filename + "\\n")
    target.write_bytes(data[:5])
    time.sleep(0.2)
    target.write_bytes(data)

folder = ensure_jars(cache, jars=jars, download=download)
assert all((folder / jar.filename).read_bytes() == data for jar in jars)
print(folder)
"""


def test_processes_that_fill_the_cache_at_once_download_each_jar_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FILLER, str(tmp_path)]
    fillers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [filler.communicate(timeout=30)[0] for filler in fillers]
    assert [filler.returncode for filler in fillers] == [0, 0, 0]
    assert len(set(answers)) == 1
    assert len((tmp_path / "downloads").read_text().split()) == 4


def test_next_process_takes_over_when_the_one_that_downloads_is_killed(tmp_path: Path) -> None:
    hanging = FILLER.replace("time.sleep(0.2)", "time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", hanging, str(tmp_path)]) as first:
        deadline = time.monotonic() + 20
        while not (tmp_path / "downloads").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        first.kill()
    second = subprocess.run([sys.executable, "-c", FILLER, str(tmp_path)], capture_output=True, check=True, timeout=30)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [Path(second.stdout.decode().strip()).name]


def test_lock_names_every_jar_once_with_size_and_digest() -> None:
    jars = read_lock()
    assert set(ENDPOINTS) <= {jar.coordinate for jar in jars}
    assert len({jar.filename for jar in jars}) == len(jars)
    assert all(jar.size_bytes > 0 and len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)


def test_cache_folder_is_the_given_one_or_the_platforms(tmp_path: Path) -> None:
    assert default_cache_dir({"PENSTOCK_CACHE_DIR": str(tmp_path), "XDG_CACHE_HOME": "/x"}) == tmp_path
    if sys.platform == "linux":
        assert default_cache_dir({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "penstock"
    assert default_cache_dir({}).name == "penstock"
