"""Licence expressions against the SPDX list that the specification names."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avow.catalogue.facts import FactType
from avow.catalogue.licences import (
    MAX_EXPRESSION_CHARACTERS,
    MAX_PARENTHESES,
    LicenceInvalid,
    check_expression,
    is_open,
    load_licences,
)


@pytest.mark.parametrize(
    ("expression", "is_it"),
    [
        ("MIT", True),
        ("mit", True),
        ("CC-BY-4.0", True),
        ("GPL-2.0", True),
        ("GPL-2.0+", True),
        ("Apache-2.0+", True),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", True),
        ("BUSL-1.1", False),
        ("CC-BY-NC-4.0", False),
        ("LicenseRef-Acme", False),
        ("DocumentRef-a:LicenseRef-b", False),
        ("MIT OR BUSL-1.1", True),
        ("MIT AND BUSL-1.1", False),
        ("Apache-2.0 AND (CC-BY-4.0 OR BUSL-1.1)", True),
        ("Apache-2.0 AND (BUSL-1.1 OR LicenseRef-Acme)", False),
        ("BUSL-1.1 WITH Classpath-exception-2.0", False),
    ],
)
def test_an_expression_is_open(expression: str, *, is_it: bool) -> None:
    """Of OR one is enough, of AND both are needed, and an exception makes nothing open."""
    check_expression(expression)

    assert is_open(expression) is is_it


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "()", "n/a", "none", "Apache", "GPL", "MIT-like", "see LICENSE", "MIT/X11", "MIT AND",
        "AND", "(MIT",
        "MIT WITH MIT", "MIT WITH Acme-exception", "Acme WITH Classpath-exception-2.0", "MIT OR Acme", "é",
        "LicenseRef", "MIT" + " OR MIT" * 400,
        "(" * (MAX_PARENTHESES + 1) + "MIT" + ")" * (MAX_PARENTHESES + 1),
    ],
)  # fmt: skip
def test_what_is_not_an_expression(text: str) -> None:
    """Also what has an id that the list does not have, and what is too long to be one."""
    with pytest.raises(LicenceInvalid):
        check_expression(text)
    assert FactType(type="spdxExpression").read(text) is None


def test_the_limits_are_high_enough() -> None:
    """What is as long or as deep as allowed is read."""
    check_expression(f"MIT{' ' * (MAX_EXPRESSION_CHARACTERS - 3)}")
    check_expression("(" * MAX_PARENTHESES + "MIT" + ")" * MAX_PARENTHESES)


WORDS = st.sampled_from(["MIT", "BUSL-1.1", "AND", "OR", "WITH", "(", ")", "+", "LicenseRef-a", "Acme", ":"])


@example("(AND MIT")
@given(st.text(max_size=40) | st.lists(WORDS, max_size=12).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever a stranger signed, it raises nothing else."""
    try:
        check_expression(text)
    except LicenceInvalid:
        return
    assert is_open(text) in {True, False}


def test_each_id_is_listed_once() -> None:
    """In any case, because SPDX compares ids without it; exceptions are not licences."""
    text = (resources.files("avow._predicates") / "licences.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    ids = [each.lower() for name in ("open", "other", "exceptions") for each in document[name]]

    assert len(set(ids)) == len(ids)
    assert len(load_licences().open) > 200
    assert {"mit", "apache-2.0", "cc-by-4.0", "epl-2.0", "eupl-1.2"} <= load_licences().open
    assert {"busl-1.1", "sspl-1.0", "cc-by-nd-4.0", "elastic-2.0"} <= load_licences().other
