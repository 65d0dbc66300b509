"""Build the compiled short way of the gate (`native/`, Rust) into `streams/`, where a toolchain is.

    python tools/native.py          build; without a toolchain, or without what it needs, say so and go without
    python tools/native.py --check  format, lints and tests of the Rust code; nothing without a toolchain
    python tools/native.py --lock   pin what the dependencies resolve to now

Cargo's own lock file names where crates come from, which differs between houses; so `native/crates.lock` holds what
must not differ (name, version and SHA-256 of each crate), and a resolution that is not exactly that is refused.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "native"
LOCK = CRATE / "crates.lock"
CARGO_LOCK = CRATE / "Cargo.lock"
TARGET = ROOT / "build" / "native"
MODULE = ROOT / "streams" / "_native.abi3.so"
LIBRARIES = ("lib_native.so", "lib_native.dylib")


class BuildError(Exception):
    """Why there is no compiled short way, for a person."""


def cargo(*arguments: str) -> None:
    """Run cargo in the crate's folder."""
    command = ["cargo", *arguments]
    environ = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    if subprocess.run(command, cwd=CRATE, env=environ, check=False).returncode != 0:
        raise BuildError(f"{' '.join(command)} failed")


def resolved() -> list[str]:
    """The crates of Cargo's resolution, a line each."""
    manifest = CRATE / "Cargo.toml"
    if not CARGO_LOCK.exists() or CARGO_LOCK.stat().st_mtime < manifest.stat().st_mtime:
        CARGO_LOCK.unlink(missing_ok=True)
        cargo("generate-lockfile", "--quiet")
    packages = tomllib.loads(CARGO_LOCK.read_text())["package"]
    return [f"{entry['name']} {entry['version']} {entry['checksum']}" for entry in packages if "checksum" in entry]


def verify() -> None:
    """Refuse any crate that is not pinned, and any pin that is not met."""
    pinned, found = LOCK.read_text().split("\n")[:-1], resolved()
    if wrong := sorted(set(pinned) ^ set(found)):
        CARGO_LOCK.unlink()  # the next run resolves anew
        raise BuildError("crates are not those of native/crates.lock: " + ", ".join(line.split()[0] for line in wrong))


def build() -> None:
    """Build the module and put it where it is imported from, in one move: a running gate keeps the one it has."""
    if shutil.which("cargo") is None:
        raise BuildError("there is no Rust toolchain")
    verify()
    cargo("build", "--release", "--locked", "--quiet")
    library = next((path for name in LIBRARIES if (path := TARGET / "release" / name).exists()), None)
    if library is None:
        raise BuildError("cargo made no library that is known here")
    fresh = MODULE.with_suffix(".new")
    shutil.copyfile(library, fresh)
    fresh.replace(MODULE)


def check() -> None:
    """Everything of `make check` that concerns Rust."""
    if shutil.which("cargo") is None:
        print("native: no Rust toolchain, nothing checked")
        return
    verify()
    cargo("fmt", "--check")
    cargo("clippy", "--release", "--locked", "--quiet", "--", "-D", "warnings")


def main() -> int:
    """Exit 1 where a check fails; a build that cannot be is no failure, the gate does without."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="format and lints")
    parser.add_argument("--lock", action="store_true", help="pin what the dependencies resolve to now")
    options = parser.parse_args()
    try:
        if options.lock:
            CARGO_LOCK.unlink(missing_ok=True)
            LOCK.write_text("".join(f"{line}\n" for line in resolved()))
        elif options.check:
            check()
        else:
            build()
    except BuildError as error:
        if options.check or options.lock:
            print(f"native: {error}", file=sys.stderr)
            return 1
        print(f"native: {error}; the gate decides the same without its compiled short way, more slowly")
    return 0


if __name__ == "__main__":
    sys.exit(main())
