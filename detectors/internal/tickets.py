"""Links into trackers, wikis, repositories and chats that only members can open, and ticket numbers.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (browse/KEY-1), the address bars of the named
services, https://docs.servicenow.com/ (number prefixes INC, CHG, PRB, RITM, REQ, TASK), https://docs.slack.dev/
(archives)
"""

from __future__ import annotations

import re

from detectors.declaration import LINE, Declaration, regex
from detectors.internal.form import form

TICKET = "INTERNAL_TICKET"

_TAIL = r"(?:[\w\-./?=&%#:@+~,!]{0,240}[\w\-/=&%#@+~])?"
_HOST = r"[A-Za-z0-9][A-Za-z0-9.\-]{2,120}"
# Trackers and wikis of open projects: anybody may read them, and nearly all have an address below .org.
_PUBLIC = re.compile(
    r"(?i)^https?://(?:[\w\-]+\.)*(?:[\w\-]+\.org|(?:gitlab|github|atlassian|redhat)\.com|(?:gitlab|sonarcloud|jenkins|spring|qt)\.io"
    r"|launchpad\.net|example\.(?:com|net))[:/]"
)


def _is_ours(match: re.Match[str]) -> bool:
    return _PUBLIC.match(match.group()) is None


# What looks like a ticket number and is a standard, a code or a month.
_NO_PROJECTS = frozenset(
    {
        "UTF",
        "SHA",
        "ISO",
        "RFC",
        "CVE",
        "CWE",
        "COVID",
        "GPT",
        "AES",
        "RSA",
        "MD",
        "HTTP",
        "TLS",
        "SSL",
        "IEEE",
        "EN",
        "DIN",
    }
    | {"BIP", "EIP", "PEP", "KIP", "JSR", "ANSI", "ECMA", "USB", "MP", "H", "A", "B", "F", "Q", "X", "CAT", "GMT"}
    | {
        "UTC",
        "TOP",
        "AUTO",
        "RS",
        "PC",
        "PCI",
        "SOC",
        "NIST",
        "FIPS",
        "GHSA",
        "CUDA",
        "BASE",
        "WINDOWS",
        "PS",
        "CD",
        "DVD",
        "ID",
    }
    | {"NO"}
)


# Words before a ticket number.
_TELLING = (
    r"jira|internal ticket|epic|backlog|sprint|(?:tracked|filed|fixed|resolved|closed|reported|logged|raised)"
    r" (?:in|as|under)|incident|change request|work item|story"
)


def _is_project(match: re.Match[str]) -> bool:
    return match.group("project").upper() not in _NO_PROJECTS


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "hosted_tracker",
        TICKET,
        triggers=(
            regex(r"\.(?:atlassian|jira)\.(?:net|com)/[a-z]"),
            regex(
                r"\b(?:linear\.app|trello\.com|app\.asana\.com|app\.clickup\.com|app\.shortcut\.com"
                r"|dev\.azure\.com|notion\.so|notion\.site)/[a-z0-9]"
            ),
            regex(
                r"\.(?:slack\.com/archives|service-now\.com|sharepoint\.com|zendesk\.com/agent|visualstudio\.com"
                r"|youtrack\.cloud|monday\.com|pagerduty\.com|sentry\.io|freshservice\.com|notion\.site"
                r"|atlassian\.net)/[a-z0-9]"
            ),
            regex(r"\b(?:docs|drive)\.google\.com/[a-z]"),
        ),
        pattern=(
            rf"https?://[a-z0-9\-]{{1,63}}\.atlassian\.net/(?:browse|wiki|jira|l|servicedesk|projects|secure|o){_TAIL}"
            rf"|https?://linear\.app/[\w\-]{{1,60}}/(?:issue|project|team|view){_TAIL}"
            rf"|https?://(?:trello\.com/[bc]/\w{{8}}|app\.asana\.com/\d|app\.clickup\.com/(?:t/)?\w"
            rf"|app\.shortcut\.com/[\w\-]{{1,60}}/(?:story|epic)){_TAIL}"
            rf"|https?://(?:www\.)?notion\.so/(?:[\w\-]{{1,80}}/)?[\w\-]{{0,120}}[0-9a-f]{{32}}{_TAIL}"
            rf"|https?://(?:dev\.azure\.com/[\w\-]{{1,60}}"
            rf"|[\w\-]{{1,60}}\.visualstudio\.com)/[\w\-%.]{{1,80}}/(?:_workitems|_git|_wiki|_build|_boards"
            rf"|_release){_TAIL}"
            rf"|https?://[\w\-]{{1,60}}\.(?:slack\.com/archives/[CDG][A-Z0-9]{{6,}}|service-now\.com/"
            rf"|sharepoint\.com/(?:sites|:|personal|teams)|zendesk\.com/agent/|youtrack\.cloud/issue/"
            rf"|monday\.com/boards/|pagerduty\.com/(?:incidents|services)/|sentry\.io/(?:issues|organizations)/"
            rf"|freshservice\.com/a/|notion\.site/){_TAIL}"
            rf"|https?://(?:docs|drive)\.google\.com/(?:document|spreadsheets|presentation|forms|file"
            rf"|drive)/(?:u/\d/)?(?:d|folders)/[\w\-]{{20,80}}{_TAIL}"
        ),
        reach=LINE,
    ),
    form(
        "own_tracker",
        TICKET,
        triggers=(
            regex(
                r"[/.](?:jira|confluence|wiki|gitlab|gerrit|phabricator|bugzilla|redmine|youtrack|bitbucket|stash|sonar|sonarqube"
                r"|jenkins|grafana|kibana|argocd|nexus|teamcity|mattermost|backstage|github|ghe|intranet|runbooks?|oncall)[.\-]"
            ),
            *(
                "/-/merge_requests/",
                "/-/issues/",
                "/-/jobs/",
                "/-/pipelines/",
                "/secure/dashboard",
                "pages/viewpage.action",
            ),
            *("show_bug.cgi", "/browse/"),
        ),
        pattern=(
            rf"https?://(?:[a-z0-9\-]{{1,40}}\.){{0,3}}(?:jira|confluence|wiki|gitlab|gerrit|phabricator|bugzilla"
            rf"|redmine|youtrack|bitbucket|stash|sonar|sonarqube|jenkins|grafana|kibana|argocd"
            rf"|nexus|teamcity|mattermost|backstage|github|ghe|intranet|runbooks?"
            rf"|oncall)(?:-[a-z0-9]{{1,20}})?(?:\.[a-z0-9\-]{{1,60}}){{2,5}}(?::\d{{2,5}})?/[\w]{_TAIL}"
            rf"|https?://{_HOST}(?::\d{{2,5}})?(?:/[\w.\-]{{1,80}}){{0,8}}/(?:-/(?:merge_requests|issues|jobs"
            rf"|pipelines)/\d|secure/Dashboard|pages/viewpage\.action\?|show_bug\.cgi\?id="
            rf"|browse/[A-Z][A-Z0-9]{{1,9}}-\d){_TAIL}"
        ),
        accept=_is_ours,
        reach=LINE,
    ),
    form(
        "ticket_number",
        TICKET,
        triggers=(
            *(
                "jira",
                "internal ticket",
                "epic",
                "backlog",
                "sprint",
                "tracked ",
                "filed ",
                *("fixed ", "resolved ", "closed ", "reported ", "logged ", "raised "),
                "incident",
                "change request",
            ),
            *("work item", "story"),
        ),
        also=(regex(r"[A-Z0-9]-[0-9]", caseless=False),),
        pattern=(
            rf"\b(?i:{_TELLING})\b(?:[ :#(\-]{{1,3}}(?:(?:is|no|number|id|key|issue|ticket|item)\W{{1,3}}){{0,2}})"
            r"(?P<secret>(?P<project>[A-Z][A-Z0-9]{1,9})-\d{1,7})(?![\w\-])"
        ),
        accept=_is_project,
        reach=LINE,
        score=0.6,
    ),
    form(
        "service_desk_number",
        TICKET,
        triggers=(regex(r"\b(?:INC|CHG|PRB|RITM|REQ|CTASK|SCTASK)[0-9]{7}", caseless=False),),
        pattern=r"(?<![\w\-])(?:INC|CHG|PRB|RITM|REQ|CTASK|SCTASK)\d{7,10}(?![\w\-])",
        score=0.6,
    ),
)
