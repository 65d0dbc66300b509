"""The activation section: read strictly, once in a bundle, and a change of it may loosen."""

from __future__ import annotations

import pytest

from policies.bundle import load_bundle
from policies.diff import may_loosen
from policies.errors import PolicyLoadError

SECTION = "activation: {second_person_for_loosening: true}\n"


def test_the_section_is_read() -> None:
    (document,) = load_bundle({"a.yaml": SECTION}).documents
    assert document.activation is not None and document.activation.needs_second_person


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"a.yaml": "activation: {}\n"}, "P012"),
        ({"a.yaml": "activation: {second_person_for_loosening: yes}\n"}, "P007"),
        ({"a.yaml": "activation: {second_person: true}\n"}, "P001"),
        ({"a.yaml": SECTION, "b.yaml": SECTION}, "P006"),
    ],
)
def test_a_wrong_section_is_refused(texts: dict[str, str], code: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_bundle(texts)
    assert code in {problem.code.value for problem in caught.value.problems}


def test_doing_without_the_second_person_may_loosen() -> None:
    with_it, without = load_bundle({"a.yaml": SECTION}), load_bundle({"a.yaml": "description: nothing\n"})
    assert [str(change) for change in may_loosen(with_it, without)] == ["removed section a/activation"]
