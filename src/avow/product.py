"""`avow.toml`: one product's folder, so that nobody has to spell six paths. Flags of a command win over it.

Paths are relative to the file and may contain `*`. Nothing in it decides what counts as a yes: who may speak
is in the policy that it names.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from typing import Any, Final

from avow.errors import Problems
from avow.formats.nodes import shown
from avow.values import Frozen, nearest

PRODUCT_FILE: Final = "avow.toml"
PRODUCT_FORMAT: Final = 1
MAX_PRODUCT_BYTES: Final = 1024 * 1024


class Product(Frozen):
    """What the file says of the product itself; nothing of it is checked."""

    name: str = ""
    placed_on_market: date | None = None
    support_end: date | None = None
    variants: tuple[str, ...] = ()


class ProductFolder(Frozen):
    """The product, and where the inputs of each command are."""

    product: Product = Product()
    sboms: tuple[str, ...] = ()
    data: str = ""
    findings: tuple[str, ...] = ()
    """Findings and VEX of the manufacturer's own tools."""
    supplied: tuple[str, ...] = ()
    """Findings and VEX that a supplier delivered."""
    evidence: tuple[str, ...] = ()
    """Bundles, provenance and project files in hand."""
    roots: tuple[str, ...] = ()
    policy: str = ""
    map: str = ""
    plan: str = ""
    record: str = ""
    report: str = ""


_KEYS: Final = ("format", "product", *(key for key in ProductFolder.model_fields if key != "product"))
_PRODUCT_KEYS: Final = ("name", "placed-on-market", "support-end", "variants")


def read_product(data: bytes, *, source: str) -> ProductFolder:
    """The product folder in `data`.

    Raises:
        InputInvalid: not TOML, an unknown key, a value of another type, another format; carries all problems.
    """
    problems = Problems(source)
    reader = _Reader(data, problems)
    folder = reader.folder()
    problems.raise_if_any(f"{source} can't be used", hint="avow start --print shows a complete file")
    return folder


class _Reader:
    def __init__(self, data: bytes, problems: Problems) -> None:
        self._problems = problems
        self._text = ""
        self._values: dict[str, Any] = {}
        if len(data) > MAX_PRODUCT_BYTES:
            problems.add(f"the file has {len(data)} bytes; at most {MAX_PRODUCT_BYTES} are allowed")
            return
        try:
            self._text = data.decode("utf-8-sig")
            self._values = tomllib.loads(self._text)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(found[1]), int(found[2])) if found else (0, 0)
            problems.add(f"not TOML: {str(error).partition(' (at ')[0]}", line=line, column=column)

    def folder(self) -> ProductFolder:
        """Every value that can be read; the rest is in the problems."""
        if self._problems.found:
            return ProductFolder()
        self._check_keys(self._values, _KEYS)
        if (version := self._values.get("format")) != PRODUCT_FORMAT or isinstance(version, bool):
            self._add(
                "format", f"`format` has to be {PRODUCT_FORMAT}", fix=f"write format = {PRODUCT_FORMAT}"
            )
        return ProductFolder(
            product=self._product(),
            sboms=self._many("sboms", self._values.get("sboms", ())),
            data=self._one("data", self._values.get("data", "")),
            findings=self._many("findings", self._values.get("findings", ())),
            supplied=self._many("supplied", self._values.get("supplied", ())),
            evidence=self._many("evidence", self._values.get("evidence", ())),
            roots=self._many("roots", self._values.get("roots", ())),
            policy=self._one("policy", self._values.get("policy", "")),
            map=self._one("map", self._values.get("map", "")),
            plan=self._one("plan", self._values.get("plan", "")),
            record=self._one("record", self._values.get("record", "")),
            report=self._one("report", self._values.get("report", "")),
        )

    def _product(self) -> Product:
        table = self._values.get("product", {})
        if not isinstance(table, dict):
            self._add("product", "`product` is not a table", fix="write [product], and its keys below")
            return Product()
        self._check_keys(table, _PRODUCT_KEYS)
        return Product(
            name=self._one("name", table.get("name", "")),
            placed_on_market=self._day("placed-on-market", table.get("placed-on-market")),
            support_end=self._day("support-end", table.get("support-end")),
            variants=self._many("variants", table.get("variants", ())),
        )

    def _check_keys(self, table: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known)
                fix = f"did you mean {near}?" if near else f"use one of: {', '.join(known)}"
                self._add(key, f"unknown key {shown(key)}", fix=fix)

    def _one(self, key: str, value: object) -> str:
        if value == "" or _is_text(value):
            return str(value)
        self._add(key, f"{key} is not a text, or it is empty", fix=f'write {key} = "..."')
        return ""

    def _many(self, key: str, value: object) -> tuple[str, ...]:
        if isinstance(value, str) and _is_text(value):
            return (value,)
        if isinstance(value, list | tuple) and all(map(_is_text, value)):
            return tuple(value)
        self._add(key, f"{key} is not a list of texts", fix=f'write {key} = ["..."]')
        return ()

    def _day(self, key: str, value: object) -> date | None:
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self._add(key, f"{key} is not a day", fix=f"write {key} = 2027-12-11, without quotes")
        return None

    def _add(self, key: str, message: str, *, fix: str) -> None:
        """One problem, at the first line that begins with the key: the parser keeps no places."""
        found = re.search(rf"^[ \t]*\[?\"?{re.escape(key)}\"?[ \t]*[=\].]", self._text, re.MULTILINE)
        line = self._text.count("\n", 0, found.start()) + 1 if found else 0
        self._problems.add(message, line=line, column=1 if line else 0, fix=fix)


def _is_text(value: object) -> bool:
    """Not empty, and without the character that no path can have."""
    return isinstance(value, str) and value.strip() != "" and "\0" not in value
