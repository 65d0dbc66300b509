from __future__ import annotations

from tests.detectors.examples.example import Positive

TRACE = "STACK_TRACE"
POSITIVES = (
    Positive(
        TRACE,
        "it said\n",
        'Traceback (most recent call last):\n  File "/app/x.py", line 3, in main\n    pay()\nValueError: no',
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "",
        'Traceback (most recent call last):\n  File "x.py", line 3, in a\nKeyError: 7\n\n'
        "During handling of the above exception, "
        'another exception occurred:\n\nTraceback (most recent call last):\n  File "x.py", line 5, in b\n'
        "acme.Refused: no",
        "\nthen prose",
    ),
    Positive(TRACE, "see ", 'File "/app/orders/store.py", line 42, in load', ", he said"),
    Positive(
        TRACE,
        "it said\n",
        "java.lang.IllegalStateException: no\n\tat com.acme.A.pay(A.java:12)\n\tat com.acme.B.run(B.kt:9)\n"
        "Caused by: java.io.IOException: gone\n\tat com.acme.C.get(C.java:1)\n\t... 3 more",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "TypeError: Cannot read properties of undefined (reading 'x')\n    at pay (/app/src/x.js:10:5)\n"
        "    at async Promise.all (index 0)\n    at node:internal/main/run_main_module:23:47",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "System.NullReferenceException: Object reference not set\n"
        "   at Acme.Orders.Store.Get(Int32 id) in D:\\src\\Store.cs:line 42\n"
        "   at System.Threading.Tasks.Task.Run(Action a)",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n"
        "\t/app/main.go:12 +0x1d\n"
        "exit status 2",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "NoMethodError: undefined method\napp/models/user.rb:12:in `find'\n\tfrom app/x.rb:3:in `block in y'",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "PHP Fatal error:  Uncaught Exception: no in /var/www/x.php:3\nStack trace:\n"
        "#0 /var/www/index.php(12): pay()\n#1 {main}\n"
        "  thrown in /var/www/x.php on line 3",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`",
        "\nok",
    ),
    Positive(
        TRACE,
        "it said\n",
        "#0  0x00007ffff7a in pay (x=1) at pay.c:12\n#1  0x0000 in main () at main.c:3",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\n    #0 0x4a5b in main /src/a.c:5:3",
        "\nthen prose",
    ),
    Positive(
        TRACE,
        "it said\n",
        "** (RuntimeError) no\n    (shop 0.1.0) lib/pay.ex:3: Pay.run/1\n    (stdlib 3.17) timer.erl:166: :timer.tc/1",
        "\nok",
    ),
    Positive(
        TRACE, "it said\n", "#0      main (package:shop/main.dart:3:5)\n#1      run (dart:async:1:2)", "\nthen prose"
    ),
    Positive(TRACE, "E  no\n\n", "tests/test_pay.py:3: AssertionError", "\nok"),
    Positive(TRACE, "it died ", "at lib/Pay.pm line 12.", "\nthen prose"),
    Positive(
        TRACE, "lua: no\n", "stack traceback:\n\t[C]: in function 'error'\n\tpay.lua:3: in main chunk", "\nthen prose"
    ),
    Positive(
        TRACE,
        "",
        "At pay.ps1:12 char:5\n+ throw 'no'\n"
        "    + CategoryInfo          : OperationStopped: (no:String) [], RuntimeException",
        "\nok",
    ),
)
NEAR_MISSES = (
    "Look at main.py, line 3 of the file is wrong; at (noon) we met.",
    "The exception proves the rule: at home (mostly) he rests.",
    "Open index.js at 10:05 and main.go at 12.",
    "A panic in the market; a goroutine is a light thread.",
    "#1 in the charts, #2 in our hearts",
    "thread 'main' of the argument",
)
