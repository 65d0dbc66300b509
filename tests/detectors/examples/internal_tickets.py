from __future__ import annotations

from tests.detectors.examples.example import Positive

TICKET = "INTERNAL_TICKET"
POSITIVES = (
    Positive(TICKET, "see ", "https://acme.atlassian.net/browse/OPS-1", "."),
    Positive(TICKET, "see ", "https://acme.atlassian.net/wiki/spaces/OPS/pages/7/Runbook", " now"),
    Positive(TICKET, "see ", "https://linear.app/acme/issue/OPS-12/slow-refunds", " now"),
    Positive(TICKET, "see ", "https://jira.acme.com/browse/OPS-12", ","),
    Positive(TICKET, "see ", "https://git.acme.io/shop/orders/-/merge_requests/363", " now"),
    Positive(TICKET, "see ", "https://acme.slack.com/archives/C01ABCDEF/p1699999999", " now"),
    Positive(TICKET, "see ", "https://acme.service-now.com/nav_to.do?uri=incident.do", " now"),
    Positive(TICKET, "see ", "https://dev.azure.com/acme/shop/_workitems/edit/7", " now"),
    Positive(TICKET, "see ", "https://www.notion.so/acme/Plan-" + "0123456789abcdef" * 2, " now"),
    Positive(TICKET, "see ", "https://acme.sharepoint.com/sites/finance/plan.xlsx", " now"),
    Positive(TICKET, "tracked in ", "OPS-1234", " today"),
    Positive(TICKET, "fixed under ", "OPS-991", "."),
    Positive(TICKET, "see ", "https://github.acme.com/shop/orders/pull/3", " now"),
    Positive(TICKET, "JIRA: ", "PAY-77", "\n"),
    Positive(TICKET, "was ", "INC0012345", ", closed"),
)
NEAR_MISSES = (
    "See https://github.com/apache/kafka/pull/7127 for details",
    "https://issues.apache.org/jira/browse/KAFKA-1234 is public",
    "UTF-8, SHA-256, COVID-19, RFC-1918 and CVE-2024",
    "Your support ticket is open. The story of 2-1.",
    "https://gitlab.com/gnachman/iterm2/-/issues/3 is public",
)
