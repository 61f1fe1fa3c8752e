"""Findings join the components that they are about; each ends in one list, with the nearest miss."""

from __future__ import annotations

import time
from typing import Any

import pytest

from avow.findings.statements import Named, VulnerabilityFinding
from avow.survey import findings
from avow.survey.findings import BroughtFindings, FindingsJoin, join_findings
from avow.survey.identify import Purls, Target
from avow.vocabulary import Voice

LIB = Target(
    id="c1",
    name="org.example/core",
    version="1.0",
    purls=("pkg:maven/org.example/core@1.0?type=jar",),
    refs=("urn:cdx:ab/1#lib",),
    places=(("s1", "/components/0"),),
)
ZOPE = Target(id="c2", name="zope.interface", version="5.4.0", purls=("pkg:pypi/zope.interface@5.4.0",))
GO = Target(id="c3", name="github.com/x/y", version="v1.2.3", purls=("pkg:golang/github.com/x/y@v1.2.3",))
TOOLS = Target(
    id="c4",
    name="quill-tools",
    version="1.18.25",
    purls=("pkg:deb/debian/quill-tools@1.18.25?distro=debian-12&upstream=quill",),
)
SYSTEM = Target(
    id="c5", name="clib", version="2.39", cpes=("cpe:2.3:a:example:clib:2.39:*:*:*:*:*:*:*", "bad")
)
BARE = Target(id="c6", name="no-version", purls=("pkg:npm/no-version", "not a purl"))
ALL = (LIB, ZOPE, GO, TOOLS, SYSTEM, BARE)


def finding(**component: Any) -> VulnerabilityFinding:
    return VulnerabilityFinding(place="/findings/0", component=Named(**component), ids=("CVE-2099-1",))


def join(
    *found: VulnerabilityFinding, within: str = "", components: tuple[Target, ...] = ALL
) -> FindingsJoin:
    files = [BroughtFindings("fpf.json", Voice.THIRD_PARTY_UNSIGNED, found, within=within)]
    return join_findings(files, components=components)


def joined(found: FindingsJoin) -> list[tuple[str, str]]:
    return [(each.component, each.basis) for each in found.joined]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"purl": "pkg:maven/org.example/core@1.0"}, [("c1", "purl")]),
        ({"purl": "pkg:maven/org.example/core@1.0?classifier=x"}, [("c1", "purl")]),
        ({"purl": "pkg:maven/org.example/core"}, [("c1", "purl")]),
        ({"purl": "pkg:maven/org.example/core", "version": "1.0"}, [("c1", "purl")]),
        ({"purl": "pkg:pypi/Zope_Interface@5.4.0"}, [("c2", "purl")]),
        ({"purl": "pkg:npm/no-version@9"}, [("c6", "purl")]),
        ({"ref": "urn:cdx:ab/1#lib"}, [("c1", "ref")]),
        ({"ecosystem": "PyPI", "name": "zope-interface", "version": "5.4.0"}, [("c2", "ecosystem")]),
        ({"ecosystem": "Go", "name": "github.com/x/y", "version": "1.2.3"}, [("c3", "ecosystem")]),
        ({"ecosystem": "PyPI", "name": "zope.interface"}, [("c2", "ecosystem")]),
        ({"ecosystem": "npm", "name": "no-version", "version": "3"}, [("c6", "ecosystem")]),
        ({"ecosystem": "Debian:12", "name": "quill", "version": "1.18.25"}, [("c4", "ecosystem")]),
        ({"ecosystem": "Debian", "name": "quill-tools", "version": "1.18.25"}, [("c4", "ecosystem")]),
    ],
)
def test_a_finding_joins_by_what_identifies(
    component: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    """One normaliser decides, whatever the tool writes; a missing version does not separate."""
    found = join(finding(**component))

    assert joined(found) == expected
    assert (found.proposed, found.unjoined) == ((), ())


def test_a_document_about_itself_names_places() -> None:
    """No identifier is needed."""
    assert joined(join(finding(ref="/components/0"), within="s1")) == [("c1", "ref")]


def test_the_release_of_a_distribution_separates() -> None:
    """If one component has the same qualifiers as the finding, the other one is not meant."""
    releases = tuple(
        Target(id=f"d{n}", name="quill", purls=(f"pkg:deb/debian/quill@1?distro=debian-{n}",))
        for n in (11, 12)
    )
    one = join(finding(purl="pkg:deb/debian/quill@1?distro=debian-12"), components=releases)
    both = join(finding(purl="pkg:deb/debian/quill@1?distro=bookworm"), components=releases)

    assert [each for each, _ in joined(one)] == ["d12"]
    assert [each for each, _ in joined(both)] == ["d11", "d12"]


def test_the_release_separates_packages_without_a_version_too() -> None:
    """Either could be in the version of the finding; one of them is of its release."""
    releases = tuple(
        Target(id=f"d{n}", name="quill", purls=(f"pkg:deb/debian/quill?distro=debian-{n}",)) for n in (11, 12)
    )
    found = join(finding(purl="pkg:deb/debian/quill@1?distro=debian-12"), components=releases)

    assert joined(found) == [("d12", "purl")]


def test_a_place_is_one_of_its_own_document() -> None:
    """Two SBOMs have a first component each; what one says of its own is not said of the other's."""
    said = (finding(ref="/components/0"),)
    files = [BroughtFindings(name, Voice.SUPPLIER, said, within=name) for name in ("s1", "s2")]
    found = join_findings(files, components=ALL)

    assert [(each.component, each.source) for each in found.joined] == [("c1", "s1")]
    assert [each.source for each in found.unjoined] == ["s2"]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"name": "clib"}, ("c5", "name")),
        ({"name": "example/clib", "version": "2.39"}, ("c5", "name")),
        ({"cpe": "cpe:2.3:a:example:clib:2.39:*:*:*:*:*:*:*"}, ("c5", "cpe")),
        ({"cpe": "cpe:2.3:a:example:clib:*:*:*:*:*:*:*:*"}, ("c5", "cpe")),
    ],
)
def test_a_name_or_cpe_only_proposes(component: dict[str, str], expected: tuple[str, str]) -> None:
    """It is in a list of its own, and never counts."""
    found = join(finding(**component))

    assert [(each.component, each.basis) for each in found.proposed] == [expected]
    assert (found.joined, found.unjoined, found.spoke) == ((), (), {})


def test_proposals_of_a_common_name_are_cut() -> None:
    """A name like `core` occurs in hundreds."""
    many = tuple(Target(id=f"n{n}", name="core") for n in range(50))

    assert len(join(finding(name="core"), components=many).proposed) == findings.MAX_PROPOSED


def test_proposals_of_a_common_cpe_are_cut() -> None:
    """Also where the finding has a purl, which names no component here."""
    cpe = "cpe:2.3:a:example:core:1:*:*:*:*:*:*:*"
    many = tuple(Target(id=f"n{n}", name="core", cpes=(cpe,)) for n in range(50))

    for more in ({}, {"purl": "pkg:npm/elsewhere@1"}):
        found = join(finding(cpe=cpe, **more), components=many)
        assert len(found.proposed) == findings.MAX_PROPOSED


def test_what_is_identified_is_not_proposed_as_well() -> None:
    """A CPE beside the purl would add components that the finding is not about."""
    found = join(finding(purl=LIB.purls[0], cpe=SYSTEM.cpes[0]))

    assert joined(found) == [("c1", "purl")]
    assert found.proposed == ()


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ({"purl": "pkg:maven/org.example/core@2.0"}, "the SBOM has org.example/core 1.0"),
        ({"purl": "pkg:npm/core@1.0"}, "the SBOM has org.example/core 1.0 (pkg:maven"),
        (
            {"ecosystem": "npm", "name": "clib", "version": "1"},
            "clib 1; the SBOM has clib 2.39 (no package URL)",
        ),
        ({"ecosystem": "PyPI", "name": "no-version"}, "the SBOM has no-version (pkg:npm/no-version)"),
        ({"ecosystem": "Debian:11", "name": "quill", "version": "1.18.25"}, "no component is called quill"),
        ({"cpe": "cpe:2.3:a:example:clib:1.0:*:*:*:*:*:*:*"}, "no component is called cpe"),
        ({"cpe": "cpe:2.3:a:*:*:*:*:*:*:*:*:*:*"}, "no component is called cpe"),
        ({"cpe": "bad"}, "no component is called bad"),
        ({"purl": "https://example.org"}, "can't be read as a package URL"),
        ({"name": "elsewhere"}, "no component is called elsewhere"),
        ({"ref": "lost"}, "no component is called lost"),
        ({}, "does not name a component"),
        ({"ecosystem": "npm"}, "does not name a component"),
    ],
)
def test_a_finding_that_joins_nothing_names_the_nearest_miss(component: dict[str, str], words: str) -> None:
    """It stays in the result."""
    found = join(finding(**component))

    assert (found.joined, found.proposed) == ((), ())
    assert words in found.unjoined[0].why
    assert found.unjoined[0].source == "fpf.json"


def test_which_of_the_users_tools_spoke_is_known_by_component() -> None:
    """A file covers the components that its findings are about, and says nothing about the others."""
    one, two = finding(purl="pkg:maven/org.example/core@1.0"), finding(name="zope.interface")
    files = [BroughtFindings(name, Voice.OWN, (one, one, two)) for name in ("a.json", "b.json")]

    assert join_findings(files, components=ALL, purls=Purls()).spoke == {"c1": ("a.json", "b.json")}


def test_every_finding_is_in_one_list() -> None:
    """Repeats are findings, too: nothing is merged here."""
    said = (finding(purl="pkg:maven/org.example/core@1.0"), finding(name="clib"), finding(name="zzz")) * 2
    found = join(*said)

    assert (len(found.joined), len(found.proposed), len(found.unjoined)) == (2, 2, 2)


def test_work_beyond_the_limit_is_not_done_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding that was not compared is listed as that."""
    monkeypatch.setattr(findings, "MAX_STEPS", 1)
    found = join(*[finding(purl="pkg:maven/org.example/core@1.0")] * 2)

    assert len(found.joined) == 1
    assert "not compared" in found.unjoined[0].why


def test_thousands_of_findings_and_components_take_seconds() -> None:
    """Each is looked up, none is compared with all others."""
    count = 2_000
    components = tuple(Target(id=f"c{n}", name=f"p{n}", purls=(f"pkg:npm/p{n}@1",)) for n in range(count))
    start = time.process_time()
    found = join(*(finding(purl=f"pkg:npm/p{n}@1") for n in range(count)), components=components)

    assert len(found.joined) == count
    assert time.process_time() - start < 20
