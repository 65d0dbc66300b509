"""The detectors beside their peers, in one process and run: throughput, latency, memory, start and streams.

    python -m bench.detectors                        # made-up texts
    python -m bench.detectors --dir FOLDER           # texts of a folder
    python -m bench.detectors --streams 2000         # also: random streams in chunks of 1 to 12 characters

Peers are measured where they are installed: stock Presidio (AnalyzerEngine, all English recognizers, a regex NLP engine
in place of a model), detect-secrets (its default plugins, line by line; of the group `bench`), gitleaks (one process
for all texts, on PATH). Each engine takes turns over the same texts; the best turn counts, because the machine may be
busy. Memory is the peak of a process of its own that builds the engine and scans fifty texts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import median

# Run as a file, this folder would stand before the package of the same name.
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent]
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.detector_texts import made_up_texts, texts_of
from bench.peak import peak_mb
from detectors import ScanError, Scanner, StreamScanner, redact

Scan = Callable[[str], object]

# What is scanned for the latency of a large text, characters.
LARGE_CHARS = 65_536

# Run in a process of its own: how long until the first finding, and how much memory then.
_START = """
import time
started = time.perf_counter()
import json, sys
from detectors import Scanner
plan = None
if len(sys.argv) > 1:
    with open(sys.argv[1], "rb") as file:
        plan = file.read()
found = Scanner(plan=plan).scan("ssn 219-09-9999")
assert found
took, cpu = time.perf_counter() - started, time.process_time()
from bench.peak import peak_mb
print(json.dumps([took, cpu, peak_mb()]))
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one engine; a latency that was not measured is 0."""

    name: str
    texts_per_s: float
    p50_us: float = 0.0
    p99_us: float = 0.0
    large_ms: float = 0.0
    memory_mb: float = 0.0


def ours() -> Scan:
    """All families."""
    scanner = Scanner()
    scanner.warm()
    return scanner.scan


def presidio() -> Scan:
    """AnalyzerEngine with every predefined English recognizer that needs no model."""
    import warnings

    warnings.simplefilter("ignore")
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    from detectors.presidio import RegexNlpEngine

    registry = RecognizerRegistry(supported_languages=["en"])
    engine = RegexNlpEngine()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    return lambda text: analyzer.analyze(text=text, language="en")


def detect_secrets() -> Scan:
    """Its default plugins over each line."""
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    def scan(text: str) -> object:
        with default_settings():
            return [found for line in text.splitlines() for found in scan_line(line)]

    return scan


def measured(name: str, scan: Scan, texts: list[str], *, turns: int, large: str) -> Figures:
    """The best of some turns over all texts, latencies by text, and one large text."""
    for text in texts[:50]:
        scan(text)
    best: list[float] = []
    for _ in range(turns):
        took = []
        for text in texts:
            started = time.perf_counter()
            scan(text)
            took.append(time.perf_counter() - started)
        # The least of each text over the turns: what the text costs, not what else the machine did.
        best = took if not best else [min(pair) for pair in zip(best, took, strict=True)]
    ranked = sorted(best)
    started = time.perf_counter()
    scan(large)
    large_ms = 1e3 * (time.perf_counter() - started)
    p50, p99 = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.99)]
    return Figures(name, len(texts) / sum(best), 1e6 * p50, 1e6 * p99, large_ms, memory_of(name))


def memory_of(name: str) -> float:
    """Megabytes at the peak of a process that does nothing but build an engine and scan a few texts."""
    command = [sys.executable, "-m", "bench.detectors", "--memory-of", name]
    return float(_output_of(command))


def _output_of(command: list[str]) -> str:
    """What a process prints that finds the same modules as this one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def print_memory(name: str) -> None:
    """The work of `memory_of`, in its process."""
    scan = ENGINES[name][1]()
    for text in made_up_texts(50):
        scan(text)
    print(peak_mb())


def gitleaks(texts: list[str]) -> Figures:
    """One process over a folder with one file for each text; its start is part of the figure."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number}.txt").write_text(text, "utf-8", errors="replace")
        started = time.perf_counter()
        subprocess.run(["gitleaks", "dir", "--no-banner", "--exit-code", "0", folder], check=True, capture_output=True)
        return Figures("gitleaks", len(texts) / (time.perf_counter() - started))


#: Each engine's name, the module that it needs, and how it is built.
ENGINES: dict[str, tuple[str, Callable[[], Scan]]] = {
    "penstock": ("detectors", ours),
    "stock presidio": ("presidio_analyzer", presidio),
    "detect-secrets": ("detect_secrets", detect_secrets),
}


@dataclass(frozen=True, slots=True)
class Start:
    """Until the first finding of a new process: seconds over some runs, of them on a processor, and megabytes."""

    least_s: float
    median_s: float
    cpu_s: float
    memory_mb: float


def start_figures(runs: int) -> tuple[Start, Start]:
    """Starts without and with a compiled plan."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan"
        write = "import sys; from detectors import Scanner; open(sys.argv[1], 'wb').write(Scanner().plan_bytes())"
        _output_of([sys.executable, "-c", write, str(plan)])
        starts = []
        for arguments in ([], [str(plan)]):
            command = [sys.executable, "-c", _START, *arguments]
            # The first one reads the files of the interpreter from disk and does not count.
            found = [json.loads(_output_of(command)) for _ in range(runs + 1)][1:]
            seconds = [row[0] for row in found]
            starts.append(Start(min(seconds), median(seconds), min(row[1] for row in found), found[0][2]))
    return starts[0], starts[1]


def stream_figures(count: int, texts: list[str]) -> dict[str, float]:
    """Random streams: released characters of findings, how many equal the redaction of the whole, how much was held."""
    random, scanner = Random(7), Scanner()
    leaked = equal = quarantined = most_held = 0
    for _ in range(count):
        text = " ".join(random.choices(texts, k=2))
        try:
            findings = scanner.scan(text)
        except ScanError:
            continue
        stream, released, place, code = StreamScanner(scanner), [], 0, None
        while place < len(text) and code is None:
            size = random.randint(1, 12)
            step = stream.feed(text[place : place + size])
            code, place = step.code, place + size
            released.append(step.text)
            most_held = max(most_held, len(stream.state.held))
        if code is None:
            released.append(stream.flush().text)
        done, whole = "".join(released), redact(text, findings).text
        quarantined += code is not None
        equal += code is None and done == whole
        # Whatever is released must be the beginning of the redaction of the whole.
        leaked += not whole.startswith(done)
    return {"streams": count, "equal": equal, "quarantined": quarantined, "leaked": leaked, "most_held": most_held}


def commit_of_tree() -> str:
    """The commit, with a mark when the tree differs from it."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def run(args: argparse.Namespace) -> dict[str, object]:
    """Measure all that is there."""
    texts = texts_of(args.dir) if args.dir else made_up_texts(args.texts)
    large = "\n".join(made_up_texts(160, seed=9))[:LARGE_CHARS]
    figures = [measured("penstock", ours(), texts, turns=args.turns, large=large)]
    few = texts[: args.peer_texts]
    for name, (module, build) in list(ENGINES.items())[1:]:
        if importlib.util.find_spec(module) is not None:
            figures.append(measured(name, build(), few, turns=min(2, args.turns), large=large[: LARGE_CHARS // 16]))
    if shutil.which("gitleaks"):
        figures.append(gitleaks(texts))
    without, with_plan = start_figures(args.starts)
    result: dict[str, object] = {
        "commit": commit_of_tree(),
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}",
        "texts": len(texts),
        "mean_chars": sum(map(len, texts)) / len(texts),
        "figures": [asdict(item) for item in figures],
        "start": asdict(without),
        "start_with_plan": asdict(with_plan),
    }
    if args.streams:
        result["streams"] = stream_figures(args.streams, texts)
    return result


def report(result: dict[str, object]) -> None:
    """The same for people."""
    figures = [Figures(**row) for row in json.loads(json.dumps(result["figures"]))]
    print(f"commit {result['commit']}, {result['machine']}")
    print(f"{result['texts']} texts of {result['mean_chars']:.0f} characters on average")
    print(f"{'':16}{'texts/s':>10}{'ratio':>8}{'p50 us':>9}{'p99 us':>9}{'64 KB ms':>10}{'MB':>6}")
    for item in figures:
        ratio = figures[0].texts_per_s / item.texts_per_s
        large = f"{item.large_ms:10.1f}" if item.name == figures[0].name else f"{'':>10}"
        latency = f"{item.p50_us:9.0f}{item.p99_us:9.0f}" if item.p50_us else f"{'':18}"
        memory = f"{item.memory_mb:6.0f}" if item.memory_mb else ""
        print(f"{item.name:16}{item.texts_per_s:10,.0f}{ratio:8.1f}{latency}{large}{memory}")
    for name, what in (("start", "without a plan"), ("start_with_plan", "with a compiled plan")):
        start = Start(**json.loads(json.dumps(result[name])))
        seconds = f"{start.least_s:.2f} s at least, {start.median_s:.2f} s median, {start.cpu_s:.2f} s of it computing"
        print(f"first finding {what}: {seconds}, {start.memory_mb:.0f} MB")
    if "streams" in result:
        print("streams " + json.dumps(result["streams"]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--peer-texts", type=int, default=200, help="how many of them the slow peers get")
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--streams", type=int, default=0)
    parser.add_argument("--starts", type=int, default=5, help="how many starts are timed")
    parser.add_argument("--memory-of", choices=[*ENGINES], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.memory_of:
        print_memory(args.memory_of)
        return
    result = run(args)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        report(result)


if __name__ == "__main__":
    main()
