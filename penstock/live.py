"""The live view of `penstock dev`: one screen for a terminal, one line a second for everything else.

Shows ids, classes, decisions and the policy's own reasons; never arguments or contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from penstock.live_model import GateStatus, LiveModel, RecentDecision
from policies.decisions import Decision, OutputDecision

STYLES: Final[dict[str, str]] = {
    Decision.ALLOW.value: "green",
    Decision.ALLOW_WITH_CONSTRAINTS.value: "cyan",
    Decision.REQUIRE_APPROVAL.value: "yellow",
    Decision.DENY.value: "red",
    OutputDecision.REDACT.value: "cyan",
    OutputDecision.QUARANTINE.value: "red",
}
# Columns from which decisions are written out in the list; under it a short word of at most ten letters stands.
_WIDE_COLUMNS: Final = 110
_SHORT: Final[dict[str, str]] = {"ALLOW_WITH_CONSTRAINTS": "CONSTRAIN", "REQUIRE_APPROVAL": "HOLD"}
# Rows from which the lists in the middle get more lines.
_TALL_ROWS: Final = 32


@dataclass(frozen=True, slots=True)
class LiveView:
    """All that one picture shows. Times in milliseconds since 1970; `note` is a line of trouble, or None.

    `first_user` is how to sign in to the console the first time, None once that was done.
    """

    model: LiveModel
    status: GateStatus
    bootstrap: str
    started_ms: int
    now_ms: int
    note: str | None = None
    console_url: str | None = None
    first_user: str | None = None

    @property
    def elapsed_s(self) -> int:
        """Whole seconds since the start."""
        return max(0, self.now_ms - self.started_ms) // 1000


def render(view: LiveView, *, width: int, height: int) -> RenderableType:
    """The picture for a terminal of `width` columns and `height` rows."""
    list_rows = 8 if height >= _TALL_ROWS else 4
    recent_rows = max(1, height - 2 - 6 - (list_rows + 2) - 2 - 1)
    layout = Layout()
    layout.split_column(
        Layout(_header(view), name="header", size=2),
        Layout(name="totals", size=6),
        Layout(name="lists", size=list_rows + 2),
        Layout(_recent(view, rows=recent_rows, width=width), name="recent"),
        Layout(_footer(view), name="footer", size=1),
    )
    left = width * 11 // 20
    layout["totals"].split_row(
        Layout(_panel("actions", _bars(view.model.decisions, Decision, columns=left - 4)), size=left),
        Layout(_panel("outputs", _bars(view.model.outputs, OutputDecision, columns=width - left - 4))),
    )
    layout["lists"].split_row(
        Layout(_panel("held for a person", _holds(view, list_rows), style="yellow")),
        Layout(_panel("findings", _counts(view.model.findings.most_common(), list_rows))),
        Layout(_panel("set aside", _set_aside(view.model, list_rows))),
    )
    return layout


def plain_line(view: LiveView) -> str:
    """The state in one line of `name=value` pairs."""
    model, status = view.model, view.status
    pairs: list[tuple[str, object]] = [
        ("t", f"{view.elapsed_s}s"),
        ("gate", "ended" if status.ended else "ready" if status.is_ready else "not_ready"),
        ("policy", status.snapshot or "-"),
        ("sent", model.sent),
        ("decided", model.decided),
        ("per_s", f"{model.decided_rate.per_second(view.now_ms):.1f}"),
        ("lag", status.lag),
        *((decision.value.lower(), model.decisions[decision]) for decision in Decision),
        *((f"output_{decision.value.lower()}", model.outputs[decision]) for decision in OutputDecision),
        ("waiting", waiting(view)),
        ("findings", model.findings.total()),
        ("dead_letters", model.dead_letters.total()),
        ("samples", model.samples),
    ]
    return " ".join(f"{name}={value}" for name, value in pairs)


def waiting(view: LiveView) -> int:
    """Actions that wait for a person, those of earlier runs included."""
    return max(view.status.holds_pending, len(view.model.holds))


def summary(view: LiveView, *, kept_in: str, log: str, first_decision_s: float | None) -> Table:
    """The table at the end. `kept_in` and `log` say where data and the worker's log stay."""
    model = view.model
    table = Table(title="penstock dev: what happened", box=box.SIMPLE_HEAD, title_justify="left", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("ran", f"{_clock(view.elapsed_s)}, {model.sent:,} records sent, {model.decided:,} decisions")
    first = "none" if first_decision_s is None else f"{first_decision_s:.1f} s after the start"
    table.add_row("first decision", first)
    table.add_row("actions", _listed((decision.value, model.decisions[decision]) for decision in Decision))
    table.add_row("outputs", _listed((decision.value, model.outputs[decision]) for decision in OutputDecision))
    table.add_row("findings", _listed(model.findings.most_common()))
    table.add_row("held", f"{waiting(view):,} waiting, {model.resolved.total():,} resolved in this run")
    table.add_row("outcomes", _listed(model.outcomes.most_common()))
    table.add_row("dead letters", _listed(model.dead_letters.most_common()))
    table.add_row("duplicates", f"{model.kinds['duplicate']:,}")
    table.add_row("samples", f"{model.samples:,}")
    table.add_row("policy", view.status.snapshot or "none in force")
    table.add_row("data", kept_in)
    table.add_row("gate's log", log)
    return table


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts) or "none"


def _panel(title: str, content: RenderableType, *, style: str = "blue") -> Panel:
    return Panel(content, title=title, title_align="left", border_style=style, padding=(0, 1))


def _line(*parts: str | tuple[str, str]) -> Text:
    text = Text.assemble(*parts)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _clean(text: str) -> str:
    """One line without control characters: ids and reasons come from others."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _header(view: LiveView) -> RenderableType:
    model, status = view.model, view.status
    if status.ended:
        gate, style = "ended", "bold red"
    elif status.is_ready:
        gate, style = f"ready, {status.lanes} lanes", "bold green"
    else:
        gate, style = _clean(status.problems[0] if status.problems else "not ready"), "bold yellow"
    first = _line(
        (" PENSTOCK ", "bold reverse"),
        "  kafka ",
        (view.bootstrap, "bold"),
        "  policy ",
        (status.snapshot or "none", "bold"),
        "  gate ",
        (gate, style),
    )
    second = _line(
        (f" {model.decided_rate.per_second(view.now_ms):.0f}", "bold"),
        " decisions/s  ",
        (f"{model.sent_rate.per_second(view.now_ms):.0f}", "bold"),
        " sent/s  lag ",
        (f"{status.lag:,}", "bold"),
        "  decided ",
        (f"{model.decided:,}", "bold"),
        "  outcomes ",
        (f"{model.outcomes.total():,}", "bold"),
        f"  {_clock(view.elapsed_s)}",
    )
    return Group(first, second)


def _bars(
    counts: dict[Decision, int] | dict[OutputDecision, int], kinds: Iterable[Decision | OutputDecision], *, columns: int
) -> RenderableType:
    """One line for each kind: its name, a bar whose length is its share, its count."""
    known = {kind.value: count for kind, count in counts.items()}
    names = [kind.value for kind in kinds]
    largest, widest = max(known.values(), default=0), max(map(len, names))
    room = max(4, columns - widest - 8)
    lines = []
    for name in names:
        count, style = known.get(name, 0), STYLES[name]
        bar = _bar(count, largest, room)
        lines.append(_line((f"{name:<{widest}} ", style), (bar, style), " " * (room - len(bar)), f"{count:>7,}"))
    return Group(*lines)


_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def _bar(count: int, largest: int, columns: int) -> str:
    """`count` beside `largest` as a bar of at most `columns`, with eighths of a column; never nothing for something."""
    if not count:
        return ""
    eighths = max(1, round(8 * columns * count / largest))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _holds(view: LiveView, rows: int) -> RenderableType:
    count = waiting(view)
    if not count:
        return _line(("nothing waits", "dim"))
    now_ms, held = view.now_ms, view.model.holds
    oldest_s = max(view.status.holds_oldest_s, (now_ms - held[0].at_ms) / 1000 if held else 0.0)
    lines = [_line((f"{count:,}", "bold yellow"), " wait, oldest ", (_clock(oldest_s), "bold"))]
    for hold in held[: rows - 1]:
        age = _clock(max(0, now_ms - hold.at_ms) / 1000)
        lines.append(
            _line((f"{age:>5} ", "dim"), _clean(hold.subject.removeprefix("job.")), " ", (_clean(hold.agent_id), "dim"))
        )
    return Group(*lines)


def _counts(counts: list[tuple[str, int]], rows: int) -> RenderableType:
    """The most frequent names with their counts; the last line sums up what has no room."""
    if not counts:
        return _line(("none", "dim"))
    shown = counts if len(counts) <= rows else counts[: rows - 1]
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for name, count in shown:
        table.add_row(Text(_clean(name)), f"{count:,}")
    if len(shown) < len(counts):
        rest = sum(count for _, count in counts[len(shown) :])
        table.add_row(Text(f"{len(counts) - len(shown)} more", style="dim"), f"{rest:,}")
    return table


def _set_aside(model: LiveModel, rows: int) -> RenderableType:
    fixed = [("audit samples", model.samples), ("duplicates", model.kinds["duplicate"])]
    if model.unreadable:
        fixed.append(("unreadable audit records", model.unreadable))
    letters = [(f"dead: {code}", count) for code, count in model.dead_letters.most_common()]
    return _counts([*fixed, *letters], rows)


def _recent(view: LiveView, *, rows: int, width: int) -> RenderableType:
    is_wide = width >= _WIDE_COLUMNS
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(width=8, no_wrap=True, style="dim")
    table.add_column(width=18 if is_wide else 15, overflow="ellipsis", no_wrap=True)
    table.add_column(width=22 if is_wide else 16, overflow="ellipsis", no_wrap=True)
    table.add_column(width=22 if is_wide else 10, no_wrap=True)
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    latest = list(view.model.recent)[-rows:]
    for line in reversed(latest):
        table.add_row(*_recent_cells(line, is_wide=is_wide))
    content = table if latest else _line(("waiting for the first decision", "dim"))
    return _panel("latest decisions", content)


def _recent_cells(line: RecentDecision, *, is_wide: bool) -> tuple[RenderableType, ...]:
    name = line.decision.value
    return (
        datetime.fromtimestamp(line.at_ms / 1000).astimezone().strftime("%H:%M:%S"),
        Text(_clean(line.agent_id)),
        Text(_clean(line.subject if is_wide else line.subject.removeprefix("job."))),
        Text(name if is_wide else _SHORT.get(name, name), style=STYLES[name]),
        Text(_clean(line.reason), style="dim"),
    )


def _footer(view: LiveView) -> RenderableType:
    trouble = view.status.ended or view.note
    if trouble:
        return _line((f" {_clean(trouble)}", "bold red"))
    if view.console_url is None:
        return _line((" Ctrl-C ends", "bold"), (f"   penstock review list --bootstrap {view.bootstrap}", "dim"))
    sign_in = "" if view.first_user is None else f"   {_clean(view.first_user)}"
    return _line((" Ctrl-C ends", "bold"), (f"   review at {_clean(view.console_url)}", "bold"), (sign_in, "dim"))
