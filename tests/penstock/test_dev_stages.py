"""What `penstock dev` says while Kafka is fetched and started."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from penstock.dev_stages import DownloadReport, Stages

MB = 1_000_000


def console() -> Console:
    return Console(file=io.StringIO(), record=True, width=120, highlight=False)


def test_download_is_told_every_ten_percent_where_there_is_no_terminal() -> None:
    out = console()
    report = DownloadReport(Stages(out), None)
    for done in range(0, 44 * MB + 1, MB):
        report("jars", done, 44 * MB)
    report("format", 1, 1)
    report("start", 1, 1)
    lines = out.export_text().splitlines()
    assert len(lines) == 12
    assert "downloading Kafka 4.1 once (46 jars): 0 of 44 MB" in lines[0]
    assert "44 of 44 MB" in lines[10]
    assert lines[11].endswith("Kafka 4.1 is starting")


def test_download_moves_a_bar_on_a_terminal() -> None:
    out = console()
    progress = Progress(console=out, auto_refresh=False)
    report = DownloadReport(Stages(out), progress)
    report("jars", 0, 44 * MB)
    report("jars", 11 * MB, 44 * MB)
    (task,) = progress.tasks
    assert (task.completed, task.total) == (11 * MB, 44 * MB)
    progress.stop()


def test_kafka_that_is_there_is_not_downloaded() -> None:
    out = console()
    DownloadReport(Stages(out), None)("format", 1, 1)
    assert "downloading" not in out.export_text()
