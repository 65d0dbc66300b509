"""The linter over a folder, and the one finding that needs recorded events."""

from __future__ import annotations

from typing import Final

from penstock.evaluating import ZERO_KEY, Evaluation
from penstock.event_files import open_lines
from penstock.policy_folder import Folder
from policies.bundle import Bundle
from policies.lint import lint
from policies.lint_findings import NOWHERE, Finding, LintCode
from streams.clock import wall_clock_ms
from streams.recognizers import scanner_of
from streams.settings import load_settings

# Above this share of actions people stop reading what they approve. Source: Cordum's guide to production approvals,
# which warns above 10 %.
MAX_APPROVAL_SHARE: Final = 0.10


def lint_folder(folder: Folder) -> tuple[Finding, ...]:
    """The linter's findings in a folder."""
    return lint(folder.bundle, sources=folder.sources, cases=folder.cases)


def approval_share(bundle: Bundle, source: str, *, level: int | None) -> tuple[Finding, ...]:
    """A finding when too many of the recorded actions in a file would wait for a person.

    Raises:
        EventFileError: the file cannot be opened or is damaged.
    """
    settings = load_settings(default_autonomy_level=level)
    evaluation = Evaluation(
        bundle,
        sample_key=ZERO_KEY,
        level=settings.default_autonomy_level,
        max_event_bytes=settings.max_event_bytes,
        now_ms=None,
        clock=wall_clock_ms,
        scanner=scanner_of(settings),
    )
    with open_lines(source) as chunks:
        for chunk in chunks:
            for _ in evaluation.lines(chunk):
                pass
    share = evaluation.summary.hold_share
    if share is None or share <= MAX_APPROVAL_SHARE:
        return ()
    message = (
        f"{share:.1%} of {evaluation.summary.actions.total()} recorded actions need a person, "
        f"more than {MAX_APPROVAL_SHARE:.0%}"
    )
    return (Finding(*NOWHERE, LintCode.APPROVAL_SHARE, message),)
