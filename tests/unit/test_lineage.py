"""`avow.map`: which rows are accepted, and which of them decides about a component."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from avow.errors import InputInvalid
from avow.formats.purl import read_purl
from avow.lineage import Identified, LineageMap, MapIndex, read_map

NOW = datetime(2026, 11, 20, tzinfo=UTC)
REVIEW = "reviewedBy: R. Viewer, reviewed: 2026-11-01"


def table(*rows: str) -> LineageMap:
    """A map of rows in flow style, each with a review."""
    text = "map: 1\nrows:\n" + "".join(f"  - {{{row}, {REVIEW}}}\n" for row in rows)
    return read_map(text.encode(), source="avow.map", now=NOW)


def problems(text: str) -> list[tuple[str, str]]:
    """Message and fix of each problem."""
    with pytest.raises(InputInvalid) as caught:
        read_map(text.encode(), source="avow.map", now=NOW)
    return [(each.message, each.fix) for each in caught.value.problems]


def component(
    *,
    purl: str = "",
    cpe: tuple[str, str] | None = None,
    name: str = "lwip",
    version: str = "2.1.2",
    supplier: str = "Example Semiconductors",
) -> Identified:
    """What a component of an SBOM presents to the map."""
    return Identified(
        purl=read_purl(purl) if purl else None,
        cpes=(cpe,) if cpe else (),
        name=name,
        version=version,
        supplier=supplier,
    )


def lines(rows: LineageMap, about: Identified) -> list[int]:
    """The lines of the rows about a component, the deciding one first."""
    return [row.line for row in MapIndex(rows).rows_about(about)]


def test_a_row_says_what_a_component_is() -> None:
    """A purl, a repository in its normal form, or whose own work it is."""
    rows = table(
        "component: 'pkg:generic/lwip', is: 'pkg:github/lwip-tcpip/lwip@2.1.2', relation: patched, note: x",
        "name: tool, repository: 'git@github.com:example/tool.git'",
        "name: board, own: us",
    ).rows
    assert (rows[0].upstream and rows[0].upstream.name, rows[0].relation) == ("lwip", "patched")
    assert rows[1].repository == "https://github.com/example/tool"
    assert rows[2].own == "us"
    assert {row.relation for row in rows[1:]} == {"same"}


@pytest.mark.parametrize(
    ("row", "about"),
    [
        ("component: 'pkg:generic/lwip'", component(purl="pkg:generic/lwip@2.1.2?arch=arm")),
        ("component: 'pkg:generic/lwip@2.1.2'", component(purl="pkg:generic/lwip@2.1.2")),
        ("component: 'pkg:pypi/Foo_Bar'", component(purl="pkg:pypi/foo-bar@1.0")),
        ("cpe: 'lwip:lwip'", component(cpe=("lwip", "lwip"))),
        ("name: LwIP", component()),
        ("name: lwip, version: 2.1.2, supplier: example semiconductors", component()),
        ("name: 'lwi*'", component()),
        ("supplier: Example Semiconductors", component()),
    ],
)
def test_a_row_is_about(row: str, about: Identified) -> None:
    """A purl without its qualifiers, a CPE's product, a name in any case, or the beginning of a name."""
    assert lines(table(f"{row}, own: us"), about) == [3]


@pytest.mark.parametrize(
    ("row", "about"),
    [
        ("component: 'pkg:generic/lwip@2.1.2'", component(purl="pkg:generic/lwip@2.1.3", version="2.1.3")),
        ("component: 'pkg:generic/lwip'", component(purl="pkg:npm/lwip@2.1.2")),
        ("component: 'pkg:golang/e.org/A'", component(purl="pkg:golang/e.org/a@v1.0.0")),
        ("component: 'pkg:generic/lwip'", component()),
        ("cpe: 'lwip:lwip'", component(cpe=("lwip", "other"))),
        ("name: lwip, version: '2.1'", component()),
        ("name: lwip, supplier: Another", component()),
        ("name: 'lwip-*'", component()),
        ("supplier: Another", component()),
    ],
)
def test_a_row_is_not_about(row: str, about: Identified) -> None:
    """Another version, type, product or supplier is another component."""
    assert lines(table(f"{row}, own: us"), about) == []


def test_the_most_specific_row_decides() -> None:
    """One component before many, a purl before a name, a version before none."""
    rows = table(
        "supplier: Example Semiconductors, own: supplier",
        "name: lwip, own: supplier",
        "component: 'pkg:generic/lwip', own: supplier",
        "component: 'pkg:generic/lwip@2.1.2', own: supplier",
    )
    assert lines(rows, component(purl="pkg:generic/lwip@2.1.2")) == [6, 5, 4, 3]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("supplier: Example, version: '1', own: us", "exactly one of component, cpe and name"),
        ("name: '*', supplier: Example, own: us", "which says nothing"),
        ("own: us", "exactly one of component, cpe and name"),
        ("name: a, cpe: 'a:b', own: us", "exactly one of component, cpe and name"),
        ("name: abc", "exactly one of is, repository and own"),
        ("name: abc, own: us, is: 'pkg:npm/a'", "exactly one of is, repository and own"),
        ("name: abc, own: them", "unknown owner"),
        ("name: abc, own: us, relation: cousin", "unknown relation"),
        ("name: abc, is: not-a-purl", "is is not a purl"),
        ("component: 'https://example.org', own: us", "component is not a purl"),
        ("name: abc, repository: 'https://example.org/page'", "not the address of a source repository"),
        ("cpe: openssl, own: us", "not VENDOR:PRODUCT"),
        ("cpe: 'openssl:*', own: us", "not VENDOR:PRODUCT"),
        ("cpe: 'openssl:openssl:3.0', own: us", "not VENDOR:PRODUCT"),
        ("name: 'ab*', own: us", "about almost everything"),
        ("name: abc, own: us, colour: red", "unknown key"),
    ],
)
def test_a_row_that_says_too_little_is_refused(row: str, message: str) -> None:
    """Each problem of a row is found, and has a fix."""
    found = problems(f"map: 1\nrows:\n  - {{{row}, {REVIEW}}}\n")
    assert any(message in each for each, _ in found)
    assert all(fix for _, fix in found)


def test_a_row_without_a_reviewer_is_refused() -> None:
    """What avow survey proposes has an empty one: it can't be used as it is."""
    found = problems('map: 1\nrows:\n  - {name: abc, own: us, reviewedBy: "", reviewed: ""}\n')
    assert [message for message, _ in found] == ["nobody has reviewed this row", 'reviewed is "", not a date']


@pytest.mark.parametrize("given", ["reviewedBy: R. Viewer", "reviewed: 2026-11-01"])
def test_a_row_without_half_of_its_review_is_refused(given: str) -> None:
    """Who looked, and when: a row that lacks one of the two decides nothing."""
    missing = ({"reviewedBy", "reviewed"} - {given.partition(":")[0]}).pop()
    found = problems(f"map: 1\nrows:\n  - {{name: abc, own: us, {given}}}\n")
    assert [missing in message for message, _ in found] == [True]


def test_a_review_in_the_future_is_refused() -> None:
    """The day may be tomorrow somewhere on earth, not the day after."""
    row = "name: abc, own: us, reviewedBy: R. Viewer"
    assert table(row.replace(", reviewedBy: R. Viewer", "")).rows
    assert "in the future" in problems(f"map: 1\nrows:\n  - {{{row}, reviewed: 2026-11-22}}\n")[0][0]


def test_two_rows_about_the_same_are_refused() -> None:
    """Which one decides would depend on their order."""
    row = f"  - {{name: abc, own: us, {REVIEW}}}\n"
    assert problems(f"map: 1\nrows:\n{row}{row}") == [
        ("line 3 is about the same components", "keep one of the rows")
    ]


def test_another_version_of_the_format_is_refused() -> None:
    """Rows of a later version may say what this one would ignore."""
    assert "this version of Avow reads 1" in problems("map: 2\nrows: []\n")[0][0]


def test_a_reviewer_is_a_text() -> None:
    """What is not a text is refused, as everywhere else."""
    found = problems("map: 1\nrows:\n  - {name: abc, own: us, reviewedBy: 1, reviewed: 2026-11-01}\n")
    assert found[0][0] == "reviewedBy is the number 1, not text"


def test_rows_about_beginnings_of_names() -> None:
    """The letter case does not matter, every fitting beginning counts, and a version or supplier excludes."""
    rows = table(
        "name: 'LWI*', own: us",
        "name: 'lw*', supplier: EXAMPLE SEMICONDUCTORS, own: us",
        "name: 'lwip*', version: 9.9.9, own: us",
        "name: 'l*', supplier: Another, own: us",
        "supplier: Example Semiconductors, own: supplier",
    )
    assert lines(rows, component()) == [4, 7, 3]
    assert lines(rows, component(name="lwip-tools", version="9.9.9", supplier="")) == [5, 3]
    assert lines(rows, component(name="l", supplier="")) == []


def test_thousands_of_rows_are_not_compared_with_each_component() -> None:
    """Rows with a star are found by the beginning of the name."""
    rows = table(*(f"name: 'abc{number:05}*', own: us" for number in range(2_000)))
    index = MapIndex(rows)
    start = time.process_time()
    found = [index.rows_about(component(name=f"abc{number:05}x")) for number in range(20_000)]
    assert sum(map(len, found)) == 2_000
    assert time.process_time() - start < 10
