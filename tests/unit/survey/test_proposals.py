"""Rows that a person could write into avow.map: where they come from, and that none of them counts yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import InputInvalid
from avow.lineage import MapIndex, read_map
from avow.record import Proposal
from avow.sbom.inventory import Ancestor, Entry, Inventory, Reference, StatedDigest
from avow.survey.components import Located, apply_map, locate
from avow.survey.proposals import MANY, proposals, rows_to_review
from avow.survey.source_archives import SourceArchive

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CPE = "cpe:2.3:a:acme:anvil:1.0:*:*:*:*:*:*:*"
REPOSITORY = "https://github.com/acme/anvil"


def entry(**fields: Any) -> Entry:
    """An entry without any identifier, but for `fields`."""
    return Entry(**{"place": "/components/0", "name": "anvil", "version": "1.0"} | fields)


def located(*entries: Entry, **about: Any) -> list[Located]:
    """The components of an SBOM with these entries."""
    known: dict[str, Any] = {"source": "a.json", "sha256": "0" * 64, "format": "CycloneDX JSON 1.6"}
    return locate([Inventory(**known | {"entries": entries} | about)])


def proposed(*entries: Entry, **about: Any) -> list[Proposal]:
    """The proposals for them."""
    return list(proposals(located(*entries, **about)))


def reviewed(text: str) -> str:
    """The file after a person completed every row."""
    return (
        text.replace('is: ""', "is: pkg:npm/anvil")
        .replace('reviewedBy: ""', "reviewedBy: us")
        .replace('reviewed: ""', "reviewed: 2026-11-23")
    )


PEDIGREE = entry(ancestors=(Ancestor("ancestor"), Ancestor("ancestor", purl="pkg:npm/anvil@0.9")))
LINK = entry(
    references=(Reference("website", "https://acme.example/"), Reference("vcs", f"{REPOSITORY}.git"))
)


@pytest.mark.parametrize(
    ("component", "basis", "says"),
    [
        (PEDIGREE, "pedigree", 'is: "pkg:npm/anvil@0.9"'),
        (LINK, "vcs", f'repository: "{REPOSITORY}"'),
        (
            entry(references=(Reference("download", f"{REPOSITORY}/archive/v1.tar.gz"),)),
            "download",
            REPOSITORY,
        ),
        (entry(cpes=(CPE,)), "cpe", 'cpe: "acme:anvil"'),
        (entry(purl="pkg:generic/anvil@1.0", cpes=(CPE,)), "cpe", 'cpe: "acme:anvil"'),
    ],
)
def test_where_a_proposal_comes_from(component: Entry, basis: str, says: str) -> None:
    """Pedigree before links, before a CPE, which names a product only."""
    (found,) = proposed(component)
    assert (found.component, found.basis) == ("c1", basis)
    assert says in found.row


def test_an_ancestor_that_no_registry_has_says_nothing() -> None:
    """A row would only give the component another name that nothing can be looked up by."""
    ancestors = tuple(Ancestor("ancestor", purl=f"{each}/anvil@0.9") for each in ("pkg:generic", "pkg:SWID"))
    assert proposed(entry(ancestors=ancestors)) == []
    (found,) = proposed(entry(ancestors=(*ancestors, *PEDIGREE.ancestors)))
    assert 'is: "pkg:npm/anvil@0.9"' in found.row


def test_the_surest_source_counts() -> None:
    """One proposal for a component that has several."""
    (found,) = proposed(entry(cpes=(CPE,), references=LINK.references, ancestors=PEDIGREE.ancestors))
    assert found.basis == "pedigree"


@pytest.mark.parametrize(("modified", "relation"), [(True, "patched"), (False, "builtFrom")])
def test_a_changed_copy(modified: bool, relation: str) -> None:  # noqa: FBT001  a case
    """The SBOM says that somebody changed it."""
    (found,) = proposed(entry(purl="pkg:generic/anvil@1.0", ancestors=PEDIGREE.ancestors, modified=modified))
    assert f'relation: "{relation}"' in found.row
    assert 'component: "pkg:generic/anvil@1.0"' in found.row


@pytest.mark.parametrize(
    "component",
    [
        entry(),
        entry(purl="pkg:npm/anvil@1.0", cpes=(CPE,)),
        entry(unusable=True, cpes=(CPE,)),
        entry(cpes=("cpe:2.3:a:*:*:*:*:*:*:*:*:*:*",)),
        entry(references=(Reference("website", "https://acme.example/"),)),
    ],
)
def test_nothing_is_proposed(component: Entry) -> None:
    """A registry knows it, or nobody says anything about it."""
    assert proposed(component) == []


def archive(sha256: str = "", name: str = "anvil", version: str = "1.0", **says: str) -> SourceArchive:
    """A source archive in hand."""
    known = {"source": f"src/{name}-{version}.tar.gz", "purl": "pkg:npm/anvil@1.0", "repository": ""}
    digests = frozenset({("sha256", sha256 * 64)}) if sha256 else frozenset()
    return SourceArchive(**known | says, name=name, version=version, digests=digests, manifest="package.json")


HASHED = entry(name="another", digests=(StatedDigest("sha256", "a" * 64),))


@pytest.mark.parametrize(
    ("component", "archives", "what"),
    [
        (HASHED, [archive("a")], "has its digest"),
        (HASHED, [archive("b"), archive("a")], "has its digest"),
        (entry(), [archive()], "has its name and version"),
        (entry(name="Anvil"), [archive(), archive()], "has its name and version"),
    ],
)
def test_a_source_archive(component: Entry, archives: list[SourceArchive], what: str) -> None:
    """By its digest, or by its name and version."""
    (found,) = proposals(located(component), archives)
    assert (found.basis, found.what) == (
        "source archive",
        f"it is pkg:npm/anvil@1.0, by package.json in anvil-1.0.tar.gz, which {what}",
    )
    assert 'is: "pkg:npm/anvil@1.0"' in found.row
    assert "from its source archive" in found.row


def test_a_source_archive_that_names_a_repository_alone() -> None:
    """That is less than a package, and still a row."""
    (found,) = proposals(located(entry()), [archive(purl="", repository=REPOSITORY)])
    assert f'repository: "{REPOSITORY}"' in found.row


@pytest.mark.parametrize(
    ("component", "archives"),
    [
        (HASHED, [archive("b")]),
        (entry(), [archive(version="1.1")]),
        (entry(), [archive(name="anvils")]),
        (entry(), [archive(), archive(purl="pkg:cargo/anvil@1.0")]),
        (entry(purl="pkg:npm/anvil@1.0"), [archive()]),
    ],
)
def test_archives_of_something_else(component: Entry, archives: list[SourceArchive]) -> None:
    """Another digest, version or name, two that differ; what a registry knows needs no row."""
    assert proposals(located(component), archives) == ()


def test_an_archive_by_digest_comes_before_a_link_and_one_by_name_after() -> None:
    """The digest is of the bytes; a name is only a name."""
    linked = entry(references=LINK.references)
    assert [each.basis for each in proposals(located(linked), [archive()])] == ["vcs"]
    hashed = entry(references=LINK.references, digests=HASHED.digests)
    assert [each.basis for each in proposals(located(hashed), [archive("a")])] == ["source archive"]


def test_what_the_map_says_is_not_proposed_again() -> None:
    """A person decided it."""
    components = located(entry(cpes=(CPE,)))
    table = "map: 1\nrows:\n  - {name: anvil, own: us, reviewedBy: us, reviewed: 2026-11-23}\n"
    apply_map(components, MapIndex(read_map(table.encode(), source="avow.map", now=NOW)))
    assert list(proposals(components)) == []


@pytest.mark.parametrize(
    "about",
    [{"supplier": "ACME"}, {"authors": ("acme",)}, {"roots": (entry(place="/metadata", supplier="Acme"),)}],
)
def test_many_of_the_suppliers_own(about: dict[str, Any]) -> None:
    """Whoever made the SBOM seems to have made them, too: one row for all."""
    parts = [entry(place=f"/components/{each}", name=f"p{each}", supplier="Acme") for each in range(MANY)]
    (found,) = proposed(*parts, **about)
    assert (found.component, found.basis) == ("c1", "supplier")
    assert 'supplier: "Acme"' in found.row
    assert 'own: "supplier"' in found.row
    assert proposed(*parts[1:], **about) == []
    assert proposed(*parts, supplier="Somebody else") == []


def test_no_row_counts_before_a_review() -> None:
    """The file is in the form of the map, and refused as it is; completed, each row fits its component."""
    parts = [
        entry(place="/components/1", name="a", cpes=(CPE,)),
        entry(place="/components/2", name="b", references=LINK.references),
        entry(place="/components/3", name="c", ancestors=PEDIGREE.ancestors),
    ]
    text = rows_to_review(proposed(*parts))
    with pytest.raises(InputInvalid) as caught:
        read_map(text.encode(), source="rows.yaml", now=NOW)
    assert caught.value.problems
    table = read_map(reviewed(text).encode(), source="avow.map", now=NOW)
    components = located(*parts)
    assert apply_map(components, MapIndex(table)) == {row.line for row in table.rows}
    assert all(each.row is not None for each in components)


def test_one_row_for_two_components() -> None:
    """It is about both; twice, it would be refused."""
    found = proposed(
        entry(cpes=(CPE,)), entry(place="/components/1", cpes=(CPE.replace("1.0", "1.1"),), version="1.1")
    )
    assert len(found) == 2
    assert rows_to_review(found).count('cpe: "acme:anvil"') == 1


def test_no_proposals_are_a_map_without_rows() -> None:
    """It can be read."""
    assert read_map(rows_to_review([]).encode(), source="rows.yaml", now=NOW).rows == ()


@given(st.text(min_size=1))
def test_a_hostile_name_stays_a_name(name: str) -> None:
    """Quotes, line ends and colons add no key and no row; what they would break is refused."""
    text = reviewed(rows_to_review(proposed(entry(name=name, references=LINK.references))))
    try:
        table = read_map(text.encode("utf-8", "surrogatepass"), source="avow.map", now=NOW)
    except InputInvalid:
        return
    assert len(table.rows) <= 1
    for row in table.rows:
        assert (row.repository, row.reviewed_by) == (REPOSITORY, "us")


def test_a_name_that_would_be_a_pattern() -> None:
    """`anvil*` in a row would be about other names, too: the proposal says what it is, and has no row."""
    (found,) = proposed(entry(name="anvil*", references=LINK.references))
    assert (found.what, found.row) == (f"it is {REPOSITORY}", "")
    assert read_map(rows_to_review([found]).encode(), source="rows.yaml", now=NOW).rows == ()
