"""Every key that a page listens to is explained, in the pages and in the documentation."""

from __future__ import annotations

import re

from penstock.console.web.render import STATIC, TEMPLATES
from tests.docs.pages import DOCS, text_of

EXPLAINED = set(re.findall(r"<kbd>([^<]+)</kbd>", (TEMPLATES / "keys.html").read_text()))


def test_every_key_of_a_template_is_explained() -> None:
    used = {
        key
        for path in TEMPLATES.rglob("*.html")
        for key in re.findall(r"""(?:data-key|\bkey)="([^"{]+)\"""", path.read_text())
    }
    assert used >= {"a", "d", "z", "/"}
    assert used - EXPLAINED == set()


def test_every_key_of_the_script_is_explained() -> None:
    used = set(re.findall(r'case "(.+?)":', (STATIC / "console.js").read_text()))
    assert used >= {"j", "K", "x"}
    assert used - EXPLAINED == set()


def test_the_documentation_explains_the_same_keys() -> None:
    table = text_of(DOCS / "reviewing.md").split("| key | what it does |")[1].split("\n\n")[0]
    told = {
        key for row in table.splitlines() for key in re.findall(r"`([^`]+)`", row.split("|")[1] if "|" in row else "")
    }
    assert told | {"?", "o"} == EXPLAINED
