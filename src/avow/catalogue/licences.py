"""Licence expressions: which ids the SPDX list has, and whether it marks them as open.

The list is part of the specification (predicates/licences.toml), so its edition never depends on what is
installed. The grammar is that of `license-expression`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from license_expression import (
    AND,
    OR,
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
)

MAX_EXPRESSION_CHARACTERS: Final = 2000
"""The longest in the wild list every file's licence of a distribution, in about 1000 characters."""

MAX_PARENTHESES: Final = 50

_REFERENCES: Final = ("licenseref-", "documentref-")


class LicenceInvalid(ValueError):
    """The text is not an SPDX licence expression, or names an id that the list does not have."""


class LicenceList(NamedTuple):
    """One edition of the SPDX list; ids in lower case, because SPDX compares them without case."""

    version: str
    open: frozenset[str]
    other: frozenset[str]
    exceptions: frozenset[str]


@lru_cache(maxsize=1)
def load_licences() -> LicenceList:
    """The list that the specification names."""
    content = (resources.files("avow._predicates") / "licences.toml").read_text(encoding="utf-8")
    document = tomllib.loads(content)
    lower = {name: frozenset(map(str.lower, document[name])) for name in ("open", "other", "exceptions")}
    return LicenceList(version=document["version"], **lower)


def is_open(expression: str) -> bool:
    """Whoever gets it can choose licences that are all marked as OSI-approved or FSF-libre.

    Of `A OR B` one of them is enough, of `A AND B` both are needed. An exception after `WITH` changes
    nothing: those of the list only permit more.

    Raises:
        LicenceInvalid: it is not an SPDX expression of ids of the list.
    """
    return _is_open(_parsed(expression))


def check_expression(expression: str) -> None:
    """`expression` consists of ids of the list, or of references such as LicenseRef-Example.

    Raises:
        LicenceInvalid: it does not.
    """
    _parsed(expression)


@lru_cache(maxsize=256)
def _parsed(expression: str) -> Any:
    if len(expression) > MAX_EXPRESSION_CHARACTERS or expression.count("(") > MAX_PARENTHESES:
        raise LicenceInvalid("too long for a licence expression")
    try:
        tree = _grammar().parse(expression, simple=True)
    # The grammar's own slips: "()" is an IndexError, "(AND MIT" an AssertionError.
    except (ExpressionError, LookupError, AssertionError) as error:
        raise LicenceInvalid("not an SPDX licence expression") from error
    if tree is None:
        raise LicenceInvalid("not an SPDX licence expression")
    for symbol in tree.symbols:
        _check(symbol)
    return tree


@lru_cache(maxsize=1)
def _grammar() -> Licensing:
    return Licensing()


def _check(symbol: LicenseSymbol | LicenseWithExceptionSymbol) -> None:
    known = load_licences()
    if isinstance(symbol, LicenseWithExceptionSymbol):
        exception = symbol.exception_symbol.key
        if exception.lower() not in known.exceptions:
            raise LicenceInvalid(f"{exception} is not an exception of the SPDX list")
        _check(symbol.license_symbol)
    elif not (_on_list(symbol.key, known) or symbol.key.lower().startswith(_REFERENCES)):
        raise LicenceInvalid(f"{symbol.key} is not an id of the SPDX list")


def _on_list(key: str, known: LicenceList) -> bool:
    return _is_marked(key, known) or not {key.lower(), _without_plus(key)}.isdisjoint(known.other)


def _is_marked(key: str, known: LicenceList) -> bool:
    return not {key.lower(), _without_plus(key)}.isdisjoint(known.open)


def _without_plus(key: str) -> str:
    """`+` after any id means "or a later version"."""
    return key.lower().removesuffix("+")


def _is_open(node: Any) -> bool:
    if isinstance(node, OR):
        return any(map(_is_open, node.args))
    if isinstance(node, AND):
        return all(map(_is_open, node.args))
    symbol = node.license_symbol if isinstance(node, LicenseWithExceptionSymbol) else node
    return _is_marked(symbol.key, load_licences())
