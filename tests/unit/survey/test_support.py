"""Support dates and histories of components: what matches, by what, and what does not."""

from __future__ import annotations

from datetime import date

import pytest

from avow.advisories.end_of_life import Cycle, Identifier, ProductTable, SupportedProduct
from avow.advisories.history import History, HistoryTable
from avow.advisories.identifiers import cpe_key, purl_key
from avow.formats.purl import read_purl
from avow.record import EndOfLife
from avow.survey.support import Supported, Updates, end_of_life, update_history

TODAY = date(2026, 11, 24)


def product(
    name: str, *identifiers: str, eol: str = "2020-01-01", latest_on: date | None = None
) -> SupportedProduct:
    """A product with the line 1."""
    listed = []
    for text in identifiers:
        if text.startswith("cpe:"):
            listed.append(Identifier("cpe", text, cpe_key(text)))
        else:
            purl = read_purl(text)
            listed.append(Identifier("purl", text, purl_key(purl), purl.qualifiers))
    return SupportedProduct(name, tuple(listed), (Cycle("1", eol, "1.9", latest_on),))


ANGULAR = product("angular", "pkg:npm/%40angular/core", "cpe:/a:angular:angular")
ANGULARJS = product("angularjs", "pkg:npm/angular")
OPENSSL = product("openssl", "cpe:2.3:a:openssl:openssl")
TABLE = ProductTable([ANGULAR, ANGULARJS, OPENSSL], snapshot="s1")


def component(*purls: str, cpes: tuple[str, ...] = (), version: str = "") -> Supported:
    return Supported("c1", tuple(map(read_purl, purls)), cpes, version)


def found(component: Supported, table: ProductTable = TABLE) -> list[tuple[str, str, str]]:
    """Product, by what, and state of each answer."""
    answers = end_of_life(component, products=table, today=TODAY)
    return [(each.product, each.by, each.state) for each in answers]


def test_an_answer_says_what_it_rests_on() -> None:
    """Component, product, by what, the line and its end, and the snapshot."""
    assert end_of_life(component("pkg:npm/angular@1.8.0"), products=TABLE, today=TODAY) == (
        EndOfLife(
            component="c1",
            product="angularjs",
            by="purl",
            cycle="1",
            eol="2020-01-01",
            state="eol",
            snapshot="s1",
        ),
    )


def test_a_purl_decides_before_a_cpe() -> None:
    """Generators give AngularJS the CPE of Angular."""
    assert found(component("pkg:npm/angular@1.8.0", cpes=("cpe:2.3:a:angular:angular:1.8.0",))) == [
        ("angularjs", "purl", "eol")
    ]


def test_a_cpe_matches_where_the_purl_is_not_listed() -> None:
    """And the version is still that of the purl, without what the distribution adds."""
    cpes = ("cpe:2.3:a:openssl:openssl:3.0:*:*:*:*:*:*:*", "cpe:/a:openssl:openssl", "not a cpe")
    assert found(component("pkg:deb/ubuntu/openssl@1.1.1f-1ubuntu2.16", cpes=cpes)) == [
        ("openssl", "cpe", "eol")
    ]


def test_a_component_with_a_cpe_alone_has_its_version_in_the_field() -> None:
    """Vendor SBOMs of firmware."""
    assert found(component(cpes=("cpe:/a:openssl:openssl:9",), version="1.0")) == [("openssl", "cpe", "eol")]


@pytest.mark.parametrize(
    "each",
    [
        component("pkg:npm/angular"),
        component(cpes=("cpe:2.3:a:openssl:openssl:1.0:*:*:*:*:*:*:*",)),
        component("pkg:npm/unlisted@1.0"),
        component(version="1.0"),
    ],
)
def test_without_version_or_match_there_is_no_answer(each: Supported) -> None:
    """A version in a CPE is not the component's, and a name matches nothing."""
    assert found(each) == []


def test_the_version_of_the_field_counts_where_the_purl_has_none() -> None:
    """Many purls have none."""
    assert found(component("pkg:npm/angular", version="1.8.0")) == [("angularjs", "purl", "eol")]


def test_every_purl_is_asked() -> None:
    """SPDX packages can have several."""
    both = component("pkg:npm/unlisted@1.0", "pkg:npm/angular@1.8.0")
    assert found(both) == [("angularjs", "purl", "eol")]


def test_a_qualifier_of_the_list_must_be_the_components_too() -> None:
    """An image of that name in another registry is another image."""
    table = ProductTable([product("driver", "pkg:oci/driver?repository_url=registry.example.org/a")])
    assert found(component("pkg:oci/driver@1.0?repository_url=registry.example.org/b"), table) == []
    assert found(component("pkg:oci/driver@1.0?repository_url=registry.example.org/a&tag=x"), table) != []


def test_two_snapshots_that_agree_count_once() -> None:
    """A product file and the API's answer say the same."""
    table = ProductTable([ANGULARJS, product("angularjs", "pkg:npm/angular")])
    assert len(found(component("pkg:npm/angular@1.8.0"), table)) == 1


def test_two_snapshots_that_differ_are_both_shown() -> None:
    """Nobody decides which of them is right."""
    table = ProductTable([ANGULARJS, product("angularjs", "pkg:npm/angular", eol="false")])
    assert found(component("pkg:npm/angular@1.8.0"), table) == [
        ("angularjs", "purl", "eol"),
        ("angularjs", "purl", "supported"),
    ]


# Histories


def test_what_the_manufacturer_wrote_comes_first() -> None:
    """The newest of its dates, by repository or package, with the sources."""
    table = HistoryTable(
        [
            History("https://github.com/sample/gadget", date(2026, 1, 1), date(2025, 1, 1), "tags"),
            History("purl:npm/angular", date(2026, 2, 2), None, "registry"),
        ]
    )
    assert update_history(
        [read_purl("pkg:npm/angular@1.8.0"), read_purl("pkg:npm/angular@1.7.0")],
        ["https://github.com/sample/gadget"],
        histories=table,
        products=ProductTable([product("angularjs", "pkg:npm/angular", latest_on=date(2026, 11, 1))]),
    ) == Updates(date(2026, 2, 2), date(2025, 1, 1), "tags; registry")


def test_release_dates_of_support_lists_fill_in() -> None:
    """They say nothing about security fixes."""
    table = ProductTable([product("angularjs", "pkg:npm/angular", latest_on=date(2022, 4, 7))])
    assert update_history(
        [read_purl("pkg:npm/angular@1.8.0")], [], histories=HistoryTable(), products=table
    ) == Updates(date(2022, 4, 7), None, "endoflife.date: angularjs")


def test_without_a_date_it_was_not_looked_at() -> None:
    """Which is not "never released"."""
    assert (
        update_history([read_purl("pkg:npm/angular")], [], histories=HistoryTable(), products=TABLE) is None
    )
