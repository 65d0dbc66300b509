"""A count that moves on standard error while a command works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counter(what: str, *, is_shown: bool) -> Iterator[Callable[[int], None]]:
    """Gives a function that is told how many there are by now; it does nothing unless `is_shown`."""
    if not is_shown:
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)

        def show(count: int) -> None:
            progress.update(task, completed=count)

        yield show


@contextmanager
def bar(what: str, *, total: int, is_shown: bool) -> Iterator[Callable[[], None]]:
    """Gives a function that is called after each of `total` steps; it does nothing unless `is_shown`."""
    if not is_shown:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
