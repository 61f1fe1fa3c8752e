"""`avow.toml`: what it accepts, and that each error has its place and a fix."""

from __future__ import annotations

from datetime import date

import pytest

from avow.errors import InputInvalid
from avow.product import MAX_PRODUCT_BYTES, ProductFolder, read_product

WHOLE = b"""
format = 1
sboms = ["sbom/*.json", "vendor.spdx"]
data = "data"
findings = "findings.json"
supplied = ["vex/*.json"]
evidence = ["bundles"]
roots = ["trusted_root.json"]
policy = "policy.yaml"
map = "avow.map"
record = "survey.json"
report = "survey.html"

[product]
name = "Gateway"
placed-on-market = 2027-12-11
support-end = 2032-12-31
variants = ["EU", "UK"]
"""


def problems(data: bytes) -> list[tuple[int, str, str]]:
    """Line, message and fix of each problem."""
    with pytest.raises(InputInvalid) as caught:
        read_product(data, source="avow.toml")
    return [(each.line, each.message, each.fix) for each in caught.value.problems]


def test_a_whole_file_is_read() -> None:
    """Every key arrives, and one text stands for a list of one."""
    folder = read_product(WHOLE, source="avow.toml")
    assert folder.sboms == ("sbom/*.json", "vendor.spdx")
    assert folder.findings == ("findings.json",)
    assert (folder.data, folder.policy, folder.map) == ("data", "policy.yaml", "avow.map")
    assert (folder.record, folder.report) == ("survey.json", "survey.html")
    assert folder.product.support_end == date(2032, 12, 31)
    assert folder.product.variants == ("EU", "UK")


def test_only_the_format_is_required() -> None:
    """Everything else has a flag."""
    assert read_product(b"format = 1\n", source="avow.toml") == ProductFolder()


def test_all_errors_are_reported_with_their_lines() -> None:
    """A word that is misspelt, a value of another type, a day in quotes."""
    found = problems(
        b'format = 2\nsbom = "a"\ndata = 1\nroots = [1]\nplan = 1\nzzz = 1\n'
        b'[product]\nsupport-end = "2032"\nplaced-on-market = 2027-12-11T00:00:00Z\ncolour = "red"\n'
    )
    assert [line for line, *_ in found] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert (2, 'unknown key "sbom"', "did you mean sboms?") in found
    assert (5, "plan is not a text, or it is empty", 'write plan = "..."') in found


def test_a_product_that_is_not_a_table() -> None:
    """The key is known, its value is not."""
    assert problems(b'format = 1\nproduct = "Gateway"\n') == [
        (2, "`product` is not a table", "write [product], and its keys below")
    ]


def test_true_is_not_the_first_format() -> None:
    """Python takes the two for equal."""
    assert problems(b"format = true\n")[0][:2] == (1, "`format` has to be 1")


@pytest.mark.parametrize("value", ['" "', '["a", ""]', r'"a\u0000b"', r'["a\u0000b"]'])
def test_a_path_that_names_no_file_is_refused(value: str) -> None:
    """Blank, or with a character that no path can have."""
    ((line, message, _),) = problems(f"format = 1\nsboms = {value}\n".encode())
    assert (line, message) == (2, "sboms is not a list of texts")
    if not value.startswith("["):
        assert problems(f"format = 1\nmap = {value}\n".encode())[0][1] == "map is not a text, or it is empty"


def test_a_missing_format_has_no_line() -> None:
    """There is nothing to point at."""
    assert problems(b"")[0][0] == 0


@pytest.mark.parametrize("data", [b"a = ", b"\xff", b"a = 1\na = 2\n", b"a = " + b"[" * 5000])
def test_what_is_not_toml_is_refused(data: bytes) -> None:
    """Also bytes that are not UTF-8, a key twice, and nesting that the parser can't follow."""
    assert "not TOML" in problems(data)[0][1]


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    """A product folder has a few hundred bytes."""
    assert "at most" in problems(b"#" * (MAX_PRODUCT_BYTES + 1))[0][1]
