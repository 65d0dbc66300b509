"""What a program prints for its makers: debug pages, log lines of the lowest levels, environments, HTTP exchanges,
crashes.

Source: https://docs.djangoproject.com/en/5.1/ref/settings/#debug,
https://werkzeug.palletsprojects.com/en/stable/debug/,
https://www.php.net/manual/en/function.phpinfo.php, https://docs.python.org/3/library/logging.html#logrecord-attributes,
https://logging.apache.org/log4j/2.x/manual/pattern-layout.html, environ(7), https://curl.se/docs/manpage.html#-v,
https://www.kernel.org/doc/html/latest/admin-guide/bug-hunting.html, https://github.com/kubernetes/klog
"""

from __future__ import annotations

import re

from detectors.declaration import WHOLE, Declaration, Reach, regex
from detectors.internal.form import form

DEBUG_DUMP = "DEBUG_DUMP"

_TIME = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
# `com.acme.orders.Store`, `store.py:42`, `Store.java:42`
_LOGGER = (
    r"(?:\b(?:[a-z_]\w{0,40}\.){2,8}[A-Za-z_]\w{1,60}\b(?!\.)|\b[\w\-/]{1,80}\.(?:py|js|ts|go|java|kt|rb|rs|cs"
    r"|cpp|cc|c|php|ex|scala|swift)[: (]{1,2}\d{1,6})"
)
_VARIABLE = (
    r"(?:PATH|HOME|SHELL|PWD|OLDPWD|USER|LOGNAME|HOSTNAME|LANG|TERM|SHLVL|LC_ALL|TMPDIR|EDITOR|MAIL|DISPLAY"
    r"|PYTHONPATH|NODE_ENV|JAVA_HOME"
    r"|VIRTUAL_ENV|SSH_[A-Z]{3,12}|KUBERNETES_[A-Z_]{3,40}|AWS_[A-Z_]{3,40}|GOPATH|LD_LIBRARY_PATH|_)"
)


def _is_environment(match: re.Match[str]) -> bool:
    """Three or more of the variables that every environment has."""
    return len(set(re.findall(rf"(?:^|\n){_VARIABLE}=", match.group()))) >= 3


_REQUEST = re.compile(r"(?m)^> [A-Z]{3,8} /|^< HTTP/\d|^[><] [A-Za-z][\w\-]{1,40}: |^[Xx]-[A-Za-z]")


def _is_exchange(match: re.Match[str]) -> bool:
    """A request or an answer is among the lines: a list and a quotation begin alike."""
    return _REQUEST.search(match.group()) is not None


DECLARATIONS: tuple[Declaration, ...] = (
    form(
        "debug_log_line",
        DEBUG_DUMP,
        triggers=(
            regex(r"\b(?:DEBUG|TRACE|FINE|FINER|FINEST|VERBOSE)\b[\]: |\-]", caseless=False),
            regex(r"\blevel[\"']?[=:] ?[\"']?(?:debug|trace)\b"),
        ),
        # Most logs that agents show name no class and no file.
        also=(
            regex(r"[a-z0-9_]\.[a-z0-9_]{1,40}\.[a-z_]"),
            regex(r"\b(?:DEBUG|TRACE):[a-zA-Z0-9_.\-]{1,60}:", caseless=False),
            regex(r"\.(?:py|js|ts|go|java|kt|rb|rs|cs|cpp|cc|c|php|ex|scala|swift)[: (]{1,2}[0-9]"),
            *("caller=", "source=", "file="),
        ),
        pattern=(
            # A logger that is named as code is: lines of plain services, which agents report all day, are left alone.
            rf"(?m:^)[ \t]*(?:DEBUG|TRACE):[\w\-]{{1,60}}(?:\.[\w\-]{{1,60}}){{0,8}}:[^\n]{{1,600}}"
            rf"|(?<![\w\-]){_TIME},?[ |\t\-]{{1,4}}[^\n]{{0,120}}?\b(?:DEBUG|TRACE|FINE|FINER|FINEST"
            rf"|VERBOSE)\b[^\n]{{0,120}}?{_LOGGER}[^\n]{{0,600}}"
            rf"|(?m:^)[ \t]*\[?(?:DEBUG|TRACE|VERBOSE)\b[^\n]{{0,120}}?{_LOGGER}[^\n]{{0,600}}"
            rf"|(?i:\blevel=\"?(?:debug|trace)\"?[^\n]{{0,400}}\b(?:caller|source"
            rf"|file)=\"?[\w./\-]{{1,120}}:\d{{1,6}}[^\n]{{0,400}})"
            rf"|(?i:\b(?:caller|source|file)=\"?[\w./\-]{{1,120}}:\d{{1,6}}[^\n]{{0,400}}\blevel=\"?(?:debug"
            rf"|trace)\b[^\n]{{0,400}})"
        ),
        reach=Reach(260, 640, is_line=True),
        score=0.7,
    ),
    form(
        "debug_page",
        DEBUG_DUMP,
        triggers=(
            *(
                "DEBUG = True",
                "werkzeug debugger",
                "phpinfo()",
                "php version",
                "whoops, looks like something went wrong",
            ),
            *(
                "the debugger caught an exception",
                "django version",
                "exception type:",
                "server error in '/' application",
            ),
            *("xdebug-error", "action_dispatch.", '"rack.'),
        ),
        pattern=(
            r"You're seeing this error because you have <?/?(?:code>)?DEBUG = True[^\n]{0,200}|Werkzeug Debugger"
            r"|<title>phpinfo\(\)</title>|\bPHP Version \d[\d.]{2,12}\b[^\n]{0,40}\bSystem\b[^\n]{0,120}"
            r"|Whoops, looks like something went wrong|The debugger caught an exception in your WSGI application"
            r"|Server Error in '/' Application"
            r"|Request Method: ?\w{3,8}\s{1,4}Request URL: ?\S{1,300}(?:\s{1,4}(?:Django Version|Exception Type"
            r"|Exception Value|Exception Location|Python Executable|Python Version): ?[^\n]{1,300}){1,8}"
            r"|<table class=[\"']xdebug-error[^\n]{1,300}|\"(?:action_dispatch|rack)\.\w{4,40}\" ?=>[^\n]{1,200}"
        ),
        reach=Reach(400, 900),
        score=0.9,
    ),
    form(
        "environment_dump",
        DEBUG_DUMP,
        triggers=(regex(rf"\n{_VARIABLE}="), regex(r"\bos\.environ|\benviron\(\{")),
        pattern=(
            r"(?:(?<=\n)|\A)(?:export )?[A-Za-z_]\w{0,60}=[^\n]{0,400}(?:\r?\n(?:export"
            r" )?[A-Za-z_]\w{0,60}=[^\n]{0,400}){2,200}"
            r"|\benviron\(\{'[A-Z_]{2,40}': '[^\n]{1,2000}"
        ),
        accept=lambda match: match.group().startswith("environ(") or _is_environment(match),
        reach=WHOLE,
        score=0.9,
    ),
    form(
        "variable_dump",
        DEBUG_DUMP,
        triggers=(
            regex(r"\)#[0-9]{1,6} \([0-9]"),
            regex(r"\barray\([0-9]{1,5}\) \{"),
            regex(r"\[[a-z0-9_]{1,60}\] => "),
            regex(r"at 0x[0-9a-f]{6}|:0x[0-9a-f]{6}"),
            regex(r"[a-z]@[0-9a-f]{6}"),
        ),
        pattern=(
            r"\bobject\([\w\\]{1,80}\)#\d{1,6} \(\d{1,4}\) \{(?:[^{}]{0,1500}\})?"
            r"|\barray\(\d{1,5}\) \{\s[^{}]{1,1500}\}"
            r"|\bArray\s{1,8}\(\s{1,12}\[\w{1,60}\] => [^()]{0,1500}\)"
            r"|<(?:bound method |function )?[\w.<>]{1,120}(?: object"
            r"| of <[\w.]{1,120} object)? at 0x[0-9a-f]{6,16}>{1,2}"
            r"|#<[\w:]{3,80}:0x[0-9a-f]{6,16}(?: @[^\n>]{1,600})?>"
            r"|\b(?:[a-z]\w{0,40}\.){2,8}[A-Z]\w{1,80}@[0-9a-f]{6,8}\b"
        ),
        reach=Reach(160, 1600),
        score=0.7,
    ),
    form(
        "http_exchange",
        DEBUG_DUMP,
        triggers=(
            regex(
                r"[<>*] (?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /|HTTP/[0-9]|Host: |User-Agent: "
                r"|Connected to |Trying )",
                caseless=False,
            ),
            regex(
                r"\bx-(?:debug|powered-by|runtime|amzn-trace|b3-traceid|envoy-upstream|backend"
                r"|served-by)[a-z\-]{0,40}: "
            ),
        ),
        pattern=(
            r"(?m)(?:^[<>*][ ][^\n]{0,400}(?:\r?\n|$)){3,60}"
            r"|(?i:^x-(?:debug|backend|served-by|envoy-upstream|amzn-trace|b3-traceid)[a-z\-]{0,40}: [^\n]{2,200})"
        ),
        accept=_is_exchange,
        reach=Reach(400, 1600),
        score=0.7,
    ),
    form(
        "crash_dump",
        DEBUG_DUMP,
        triggers=(
            regex(r"\b(?:segmentation fault|bus error|illegal instruction|aborted) \(core dumped\)"),
            regex(r"\b(?:kernel panic - not syncing|bug: unable to handle|call trace:\s)"),
            regex(r"\b[re][abcds][xip]: ?0?x?[0-9a-f]{8,16} [re]"),
            regex(r"\b[0-9a-f]{8,16}-[0-9a-f]{8,16} [r-][w-][x-][ps] "),
            regex(r"\b0x[0-9a-f]{4,16}: {1,4}(?:[0-9a-f]{2} ?){8}"),
            regex(r"\n[0-9a-f]{7,8}:? {1,3}(?:[0-9a-f]{2,4} ){6}"),
        ),
        pattern=(
            r"(?i)\b(?:segmentation fault|bus error|illegal instruction|aborted) \(core dumped\)"
            r"|\bkernel panic - not syncing[^\n]{0,200}|\bBUG: unable to handle[^\n]{1,200}"
            r"|\b[re][abcds][xip]: ?(?:0x)?[0-9a-f]{8,16}(?:\s{1,6}[re]\w{1,3}: ?(?:0x)?[0-9a-f]{8,16}){1,24}"
            r"|(?:\b[0-9a-f]{8,16}-[0-9a-f]{8,16} [r-][w-][x-][ps] [0-9a-f]{8} [^\n]{1,200}\n?){1,40}"
        ),
        reach=Reach(200, 900),
        score=0.9,
    ),
)
