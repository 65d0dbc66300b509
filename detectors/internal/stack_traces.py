"""Which languages' stack traces are known, and what wakes each.

Source: the runtimes' own documentation of their output: https://docs.python.org/3/library/traceback.html,
https://docs.oracle.com/javase/8/docs/api/java/lang/Throwable.html#printStackTrace--,
https://v8.dev/docs/stack-trace-api,
https://learn.microsoft.com/en-us/dotnet/api/system.environment.stacktrace,
https://pkg.go.dev/runtime#hdr-Environment_Variables,
https://www.php.net/manual/en/exception.gettraceasstring.php, https://doc.rust-lang.org/std/backtrace/,
https://docs.ruby-lang.org/en/master/Exception.html#method-i-full_message, https://sourceware.org/gdb/ (backtrace),
https://clang.llvm.org/docs/AddressSanitizer.html, https://www.erlang.org/doc/, https://dart.dev (StackTrace)
"""

from __future__ import annotations

import re

from detectors.declaration import WHOLE, Declaration, Trigger, regex
from detectors.finding import Family
from detectors.internal.traces import CHAR, NEWLINE, STACK_TRACE, Trace, trace
from detectors.overlaps import Strength

_EXCEPTION = r"(?:[A-Za-z_$][\w.$:\\]{0,160})?(?:Error|Exception|Failure|Fault|Throwable|Panic)\b"
_QUOTE = r"\\{0,3}[\"'`\u2018\u2019]"
_FILE = r"[^\s\"'<>|:()\n]{1,200}"

# Python: a head, then indented lines, then the exception in the first line that is not indented.
_PYTHON = Trace(
    frame=re.compile(
        rf"(?:Exception Group )?Traceback \(most recent call last\):"
        rf"|File {_QUOTE}[^\"\n]{{1,260}}?{_QUOTE}, line \d{{1,7}}(?:, in [\w<>.]{{1,120}})?"
    ),
    more=re.compile(
        rf"{NEWLINE}(?:[ \t|+]{{1,40}}{CHAR}{{1,500}}"
        rf"|[A-Za-z_][\w.]{{0,120}}(?:Error|Exception|Exit|Interrupt|Warning|Iteration|Timeout|Failed|Refused"
        rf"|NotFound|DoesNotExist|Group)\b{CHAR}{{0,500}}"
        rf"|[A-Za-z_]\w{{0,60}}(?:\.\w{{1,60}}){{1,6}}(?:: {CHAR}{{0,500}})?(?=\r?\n|\\|$)"
        rf"|[\r\\rn\n]{{0,6}}(?:During handling of the above exception, another exception occurred:"
        rf"|The above exception was the direct cause of the following exception:)(?:{NEWLINE}){{1,2}}"
        rf"(?:Exception Group )?Traceback \(most recent call last\):)"
    ),
)
_CAUSES = rf"Caused by: {CHAR}{{1,400}}|Suppressed: {CHAR}{{1,400}}|\.\.\. \d{{1,5}} (?:more|common frames omitted)"
_JAVA = trace(
    r"at (?:[\w.\-]{1,60}(?:@[\w.\-]{1,40})?/){0,2}[\w.$<>/]{1,200}"
    r"\((?:[\w$]{1,120}\.(?:java|kt|scala|groovy|clj):\d{1,6}|Native Method"
    r"|Unknown Source)\)(?: ~?\[[^\]\n]{1,120}\])?",
    filler=_CAUSES,
    head=rf"(?:Exception in thread {_QUOTE}[^\"\n]{{1,80}}?{_QUOTE} )?{_EXCEPTION}",
)
_DOTNET = trace(
    r"at (?:[\w<>`+\[\],]{1,80}\.){1,12}\.?[\w<>`|\[\],]{1,120}\([^()\n]{0,300}\)(?: in [^\n\"]{1,260}?:line \d{1,6})?",
    filler=r"--- End of (?:inner exception )?stack trace[^\n\\]{0,80}|---> [^\n]{1,400}",
    head=rf"(?:Unhandled [Ee]xception[.:] )?{_EXCEPTION}",
)
_JAVASCRIPT = trace(
    r"at (?:async )?(?:(?:new |Object\.|Function\.)?[\w.$<>\[\] #]{1,160}? )?"
    r"(?:\((?:[^()\s]{1,260}:\d{1,7}:\d{1,7}|native|<anonymous>|index \d{1,4})\)|(?:file://|node:|https?://"
    r"|webpack\S{0,20}:|\.{0,2}/|[A-Za-z]:\\)[^()\s]{1,260}:\d{1,7}:\d{1,7})"
    r"|[\w.$<>/*]{0,120}@(?:https?|file|webpack|resource|chrome|moz-extension)[^\s()]{3,260}:\d{1,7}:\d{1,7}",
    filler=r"at (?:async )?(?:<anonymous>|Promise\.all[^\n]{0,40}|[\w.$]{1,120} \(<anonymous>\))",
    head=rf"(?:Uncaught (?:\(in promise\) )?|Unhandled[A-Za-z ]{{0,30}}: )?{_EXCEPTION}",
)
_GO = Trace(
    frame=re.compile(
        r"(?:panic: [^\n\\]{1,300}|fatal error: [^\n\\]{1,200})(?=(?:\r?\n|\\{1,2}n){1,3}(?:\[signal|goroutine "
        r"|\t?panic:))"
        r"|goroutine \d{1,9} (?:gp=\S{1,20} )?(?:m=\S{1,10} )?(?:mp=\S{1,20} )?\[[^\]\n]{1,60}\]:"
        r"|(?<![\w./\-])(?:[\w.\-]{1,60}/){0,6}[\w.\-]{1,60}\.(?:\(\*?\w{1,60}\)\.)?[\w.]{1,80}\([^()\n]{0,160}\)(?:\r?\n"
        r"|\\{1,2}n)(?:\t|\\{1,2}t| {4,8})[^\s:]{1,260}\.go:\d{1,6}(?: \+0x[0-9a-f]{1,8})?"
    ),
    more=re.compile(
        rf"(?:{NEWLINE}){{1,3}}(?:goroutine \d{{1,9}} [^\n\\]{{0,60}}\[[^\]\n]{{1,60}}\]:|\[signal [^\n\\]{{1,160}}"
        rf"|(?:created by )?[\w./\-]{{1,160}}\.(?:\(\*?[\w.\[\]]{{1,60}}\)\.)?[\w.\[\]]{{1,80}}"
        rf"(?:\([^()\n]{{0,160}}\))?(?: in goroutine \d{{1,9}})?(?={NEWLINE}(?:\t|\\))"
        rf"|(?:\t|\\{{1,2}}t| {{4,8}})[^\s:]{{1,260}}\.go:\d{{1,6}}(?: \+0x[0-9a-f]{{1,8}})?|exit status \d)"
    ),
)
_RUBY = trace(
    rf"(?:from )?{_FILE}\.(?:rb|rake|erb|ru):\d{{1,6}}:in [`'\u2018][^\n'`\u2019]{{1,120}}['\u2019]",
    filler=rf"(?:from )?(?:{_FILE}|-e|\(irb\)|bin/\w{{1,40}}):\d{{1,6}}:in [`'\u2018][^\n'`\u2019]{{1,120}}['\u2019]",
    head=_EXCEPTION,
)
_PHP = Trace(
    frame=re.compile(
        r"(?:PHP )?(?:Fatal error|Parse error|Warning|Notice"
        r"|Deprecated)(?:</b>)?: {1,3}[^\n]{1,400}? in (?:<b>)?[^\s<]{1,260}\.(?:php|inc|phtml)(?:</b>)?(?::\d{1,6}"
        r"| on line (?:<b>)?\d{1,6}(?:</b>)?)"
        r"|#\d{1,3} [^\s()]{1,260}\.(?:php|inc|phtml)\(\d{1,6}\): [^\n]{1,300}?(?=\r?\n|\\{1,2}n|$)"
    ),
    more=re.compile(
        rf"(?:{NEWLINE}){{1,2}}[ \t]{{0,8}}(?:Stack trace:|#\d{{1,3}} (?:\{{main\}}"
        rf"|\[internal function\]{CHAR}{{0,300}}|[^\s()]{{1,260}}\(\d{{1,6}}\){CHAR}{{0,300}})"
        rf"|thrown in [^\s]{{1,260}} on line \d{{1,6}}|Next {CHAR}{{1,400}})"
    ),
)
_RUST = Trace(
    frame=re.compile(
        r"thread '[^'\n]{1,80}' (?:\(\d{1,9}\) )?panicked at (?:'[^\n]{1,400}?', )?[^\s:]{1,200}\.rs:\d{1,6}:\d{1,5}:?"
        r"|stack backtrace:(?=\s{1,12}0: )"
    ),
    more=re.compile(
        rf"(?:{NEWLINE}){{1,2}}(?:[ \t]{{0,10}}\d{{1,4}}: {CHAR}{{1,300}}"
        rf"|[ \t]{{1,24}}at {CHAR}{{1,260}}:\d{{1,6}}(?::\d{{1,5}})?|stack backtrace:|note: (?:run with"
        rf"|Some details) {CHAR}{{1,160}}"
        rf"|(?<=:\n){CHAR}{{1,400}})"
    ),
)
_NATIVE = trace(
    r"#\d{1,3} {1,3}0x[0-9a-fA-F]{4,16} (?:in|<)[^\n]{1,300}?(?=\r?\n|\\{1,2}n|$)"
    r"|==\d{1,9}==\s?ERROR: \w{1,40}Sanitizer: [^\n\\]{1,200}"
    r"|#\d{1,3} {1,3}[\w:~<>*&]{1,160} \([^\n()]{0,200}\) at [^\s:]{1,200}\.(?:c|cc|cpp|cxx|h|hpp|m|mm|rs|zig"
    r"|d):\d{1,6}"
    r"|[^\s()\[\]]{1,160}\([\w:@.~]{0,120}\+0x[0-9a-f]{1,10}\) ?\[0x[0-9a-f]{4,16}\]",
    filler=r"#\d{1,3} {1,3}[^\n\\]{1,300}|\[0x[0-9a-f]{4,16}\]",
)
_BEAM = trace(
    rf"\(\w{{1,60}} \d[\w.\-]{{1,20}}\) (?:lib|src|test|web)/{_FILE}\.(?:ex|exs|erl|eex|leex"
    rf"|heex):\d{{1,6}}: [^\n\\]{{1,200}}",
    filler=rf"(?:\([\w ]{{1,60}}[\d.]{{1,20}}[\w.\-]{{0,20}}\) )?{_FILE}\.(?:ex|exs|erl):\d{{1,6}}: [^\n\\]{{1,200}}",
    head=r"\*\* \(\w[\w.]{1,80}\)",
)
_DART = trace(
    r"#\d{1,3} {1,8}[\w.<>$ ]{1,160} \((?:package|dart|file):[^\s()]{1,200}:\d{1,6}(?::\d{1,5})?\)",
    filler=r"<asynchronous suspension>",
    head=rf"Unhandled exception:|{_EXCEPTION}",
)
_OTHERS = trace(
    # Perl, Lua, PowerShell, Swift
    r"(?<=\S )at [^\s\"'<>|]{1,200}\.(?:pl|pm|t) line \d{1,6}\.?"
    r"|stack traceback:(?=\s{1,8}\[?[\w./])"
    r"|At [^\n\"<>|]{1,200}\.psm?1:\d{1,6} char:\d{1,5}"
    r"|\+ (?:CategoryInfo|FullyQualifiedErrorId) {1,8}: [^\n\\]{1,200}"
    r"|[\w./\-]{1,160}\.swift:\d{1,6}: Fatal error: [^\n\\]{1,300}"
    r"|(?<![\w./\-])[\w./\-]{1,160}\.py:\d{1,6}: (?:in \w{1,60}|\w{1,60}(?:Error|Exception)\b)",
    filler=r"(?:[^\s:]{1,160}\.lua:\d{1,6}|\[C\]): in [^\n\\]{1,160}|\+ [^\n\\]{1,200}",
)


def _declared(name: str, form: Trace, *triggers: Trigger | str) -> Declaration:
    return Declaration(
        name=f"{name}_trace",
        type=STACK_TRACE,
        family=Family.INTERNAL,
        triggers=triggers,
        find=form.find,
        reach=WHOLE,
        # The paths, hosts and queries inside a trace are part of it.
        strength=Strength.CHECKSUM_AND_CONTEXT,
        score=0.9,
    )


DECLARATIONS: tuple[Declaration, ...] = (
    _declared("python", _PYTHON, "traceback (most recent call last):", regex(r"\bfile [^\n]{2,264}, line [0-9]")),
    _declared(
        "java", _JAVA, regex(r"\.(?:java|kt|scala|groovy|clj):[0-9]{1,6}\)"), "(native method)", "(unknown source)"
    ),
    _declared(
        "dotnet",
        _DOTNET,
        regex(r"\.(?:cs|vb|fs|razor|cshtml):line [0-9]"),
        regex(r"\bat (?:System|Microsoft)\.[a-z]"),
        regex(r"--- end of (?:inner exception )?stack trace"),
    ),
    _declared(
        "javascript",
        _JAVASCRIPT,
        regex(r"\.[cm]?[jt]sx?(?:\?[^\s:]{0,40})?:[0-9]{1,7}:[0-9]"),
        regex(r"\bnode:[a-z_/]{2,60}:[0-9]"),
        regex(r"\bat [^\n]{0,80}\(?<anonymous>"),
    ),
    _declared("go", _GO, regex(r"\bgoroutine [0-9]{1,9} "), regex(r"\.go:[0-9]")),
    _declared("ruby", _RUBY, regex(r"\.(?:rb|rake|erb|ru):[0-9]{1,6}:in ")),
    _declared(
        "php",
        _PHP,
        regex(r"\.(?:php|inc|phtml)(?:</b>)?(?:\(|:| on line )"),
    ),
    _declared("rust", _RUST, "panicked at", "stack backtrace:"),
    _declared(
        "native", _NATIVE, regex(r"#[0-9]{1,3} {1,3}(?:0x|[a-z_])"), "sanitizer:", regex(r"\+0x[0-9a-f]{1,10}\) ?\[0x")
    ),
    _declared("beam", _BEAM, regex(r"\.(?:exs?|erl|[lh]?eex):[0-9]{1,6}: ")),
    _declared("dart", _DART, regex(r"\((?:package|dart|file):[^\s()]{1,200}:[0-9]")),
    _declared(
        "other",
        _OTHERS,
        regex(r"\.(?:pl|pm|t) line [0-9]"),
        "stack traceback:",
        regex(r"\.psm?1:[0-9]"),
        "fullyqualifiederrorid",
        regex(r"\.swift:[0-9]{1,6}: fatal error:"),
        regex(r"\.py:[0-9]{1,6}: "),
    ),
)
