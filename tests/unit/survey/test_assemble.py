"""The record of a survey, from inputs to lists: nothing is lost, and nothing is merged that differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed
from support.advisories_in_memory import AdvisoriesInMemory
from support.public_data import osv_archive
from support.public_data import record as osv_record

from avow.advisories.osv import Advisory, Affected, Event, Range
from avow.errors import InputInvalid
from avow.findings.statements import (
    FindingsFile,
    Named,
    Severity,
    Unread,
    VexProduct,
    VexStatement,
    VexStatus,
    VulnerabilityFinding,
)
from avow.lineage import LineageMap, read_map
from avow.product import Product
from avow.record import SurveyRecord, Tool, Why
from avow.sbom.inventory import Entry, Inventory
from avow.snapshots.add import Adding
from avow.snapshots.build import open_index
from avow.survey.assemble import Brought, SurveyInputs, survey
from avow.survey.evidence import gather
from avow.survey.matching import Lookup, Matcher
from avow.vocabulary import Voice

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANVIL = Entry(place="/components/0", ref="a", name="anvil", version="1.0.0", purl="pkg:npm/anvil@1.0.0")
HAMMER = Entry(place="/components/1", ref="h", name="hammer", version="2.0.0", purl="pkg:npm/hammer@2.0.0")


def inventory(*entries: Entry, **more: Any) -> Inventory:
    """An SBOM with these entries."""
    known: dict[str, Any] = {"source": "a.cdx.json", "sha256": "0" * 64, "format": "CycloneDX JSON 1.6"}
    return Inventory(**known | {"entries": entries} | more)


def advisory(name: str, package: str = "anvil", **more: Any) -> Advisory:
    """A record that every version before 9 of an npm package is affected by."""
    events = (Event("introduced", "0"), Event("fixed", "9.0.0"))
    affected = (Affected("npm", package, ranges=(Range("SEMVER", events),)),)
    return Advisory(name, affected, summary=f"about {package}", **more)


def finding(*ids: str, purl: str = ANVIL.purl, **more: Any) -> VulnerabilityFinding:
    """A row of somebody's findings."""
    return VulnerabilityFinding("/findings/0", Named(purl=purl), ids, **more)


def brought(*findings: VulnerabilityFinding, source: str = "fpf.json", **more: Any) -> Brought:
    """A file of findings."""
    return Brought(source, Voice.OWN, FindingsFile("FPF", findings=findings, **more))


def surveyed(
    *inventories: Inventory, advisories: Sequence[Advisory] | None = None, **more: Any
) -> SurveyRecord:
    """The record; `advisories` is what the snapshots have, `None` that there are none."""

    def look_up(entries: Sequence[Entry]) -> list[Lookup]:
        matcher = Matcher(AdvisoriesInMemory(advisories or (), ecosystems=("npm",)))
        return [matcher.look_up(each) for each in entries]

    inputs = SurveyInputs(
        inventories=inventories,
        look_up=None if advisories is None else look_up,
        index=None,
        brought=(),
        evidence=None,
        table=LineageMap(),
        product=Product(),
        snapshots=(),
        gaps=(),
        tool=Tool(name="avow", version="0"),
        now=NOW,
    )
    return survey(replace(inputs, **more))


def told(record: SurveyRecord) -> list[tuple[str, str, str]]:
    """Key of the vulnerability, component and who spoke, for each match."""
    return [
        (each.key, match.component, match.spoke) for each in record.vulnerabilities for match in each.matches
    ]


def test_matches_say_which_of_the_two_spoke() -> None:
    """The user's tool where it said so, our matching where it did not."""
    record = surveyed(
        inventory(ANVIL, HAMMER),
        advisories=[advisory("GHSA-1", aliases=("CVE-2026-1001",)), advisory("GHSA-2", "hammer")],
        brought=[brought(finding("GHSA-1", "CVE-2026-1001"))],
    )
    assert told(record) == [("CVE-2026-1001", "c1", "findings"), ("GHSA-2", "c2", "matching")]
    assert record.vulnerabilities[0].matches[0].fixed == ("9.0.0",)
    assert (record.totals.matches, record.totals.from_findings) == (2, 1)


def test_what_the_user_s_tool_said_is_not_said_again() -> None:
    """Our matching has the vulnerability by another name: it is beside the row, and makes none of its own."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("GHSA-1", aliases=("CVE-2026-1001",))],
        brought=[brought(finding("CVE-2026-1001"))],
    )
    assert told(record) == [("CVE-2026-1001", "c1", "findings")]
    assert record.vulnerabilities[0].matches[0].also == ("GHSA-1",)


def test_two_tools_that_say_the_same_are_two_rows() -> None:
    """Each has its own state; the vulnerability is counted once."""
    record = surveyed(
        inventory(ANVIL),
        brought=[
            brought(finding("CVE-2026-1001", state="NOT_AFFECTED")),
            brought(finding("CVE-2026-1001", state="EXPLOITABLE", suppressed=True), source="other.json"),
        ],
    )
    matches = record.vulnerabilities[0].matches
    assert [each.state for each in matches] == ["NOT_AFFECTED", "EXPLOITABLE"]
    assert [each.suppressed for each in matches] == [False, True]
    assert record.totals.vulnerabilities == 1
    assert record.components[0].looked_up


def test_names_of_one_vulnerability_are_joined() -> None:
    """Over an alias that only one side states, and whatever their case."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("GHSA-1", aliases=("CVE-2026-1001",)), advisory("PYSEC-1", aliases=("ghsa-1",))],
    )
    (one,) = record.vulnerabilities
    assert (one.key, one.ids) == ("CVE-2026-1001", ("CVE-2026-1001", "GHSA-1", "PYSEC-1"))


def supplied(*ids: str) -> Brought:
    """The same finding, as a supplier delivered it."""
    return replace(brought(finding(*ids), source="vendor.json"), voice=Voice.SUPPLIER)


def test_a_supplier_s_finding_does_not_make_two_vulnerabilities_one() -> None:
    """Or a row of ours would be behind another; the finding counts for the first of its names."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("CVE-2026-1001"), advisory("CVE-2026-1002")],
        brought=[supplied("CVE-2026-1002", "CVE-2026-1001")],
    )
    assert told(record) == [("CVE-2026-1001", "c1", "matching"), ("CVE-2026-1002", "c1", "findings")]
    (gap,) = record.gaps
    assert gap.source == "vendor.json/findings/0"
    assert gap.why == (
        "CVE-2026-1002 and CVE-2026-1001 are several vulnerabilities; the finding counts for CVE-2026-1002"
    )


def test_a_supplier_s_finding_adds_a_name() -> None:
    """That nobody else has given to another vulnerability; after that it is given."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("GHSA-1"), advisory("GHSA-2")],
        brought=[supplied("GHSA-1", "CVE-2026-1001"), supplied("GHSA-2", "CVE-2026-1001")],
    )
    assert [each.ids for each in record.vulnerabilities] == [("CVE-2026-1001", "GHSA-1"), ("GHSA-2",)]


def test_the_order_of_files_does_not_matter() -> None:
    """Whoever gives one name says that it is a vulnerability of its own."""
    both = replace(supplied("CVE-2026-1001", "CVE-2026-1002"), source="first.json")
    single = replace(
        brought(finding("CVE-2026-1001", purl=HAMMER.purl), finding("CVE-2026-1002", purl=HAMMER.purl)),
        source="second.json",
        voice=Voice.SUPPLIER,
    )
    for files in ((both, single), (single, both)):
        record = surveyed(inventory(ANVIL, HAMMER), brought=files)
        assert [each.ids for each in record.vulnerabilities] == [("CVE-2026-1001",), ("CVE-2026-1002",)]
        assert len(record.gaps) == 1


def test_a_supplier_s_finding_takes_no_name_that_the_snapshots_have(tmp_path: Path) -> None:
    """Also of a vulnerability that is in no component here."""
    osv_archive(tmp_path / "all.zip", osv_record("GHSA-9", package="other", ecosystem="npm"))
    Adding(directory=tmp_path / "data", now=NOW).add([tmp_path / "all.zip"])
    with open_index(tmp_path / "data", now=NOW) as index:
        record = surveyed(
            inventory(ANVIL),
            advisories=[advisory("GHSA-1")],
            brought=[supplied("GHSA-1", "GHSA-9")],
            index=index,
        )
    assert [each.ids for each in record.vulnerabilities] == [("GHSA-1",)]
    assert [each.why for each in record.gaps] == [
        "GHSA-1 and GHSA-9 are several vulnerabilities; the finding counts for GHSA-1"
    ]


def test_the_user_s_own_findings_join_names() -> None:
    """Their tool knows more aliases than the snapshots."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("CVE-2026-1001"), advisory("GHSA-2")],
        brought=[brought(finding("GHSA-2", "CVE-2026-1001"))],
    )
    assert told(record) == [("CVE-2026-1001", "c1", "findings")]
    assert record.gaps == ()


@pytest.mark.parametrize("voice", [Voice.SUPPLIER, Voice.THIRD_PARTY_UNSIGNED])
def test_what_others_found_shows_not_that_anybody_looked(voice: Voice) -> None:
    """The component stays among those that were not looked up, also if its own SBOM says it."""
    others = replace(brought(finding("GHSA-1")), voice=voice)
    own = VulnerabilityFinding("/vulnerabilities/0", Named(ref="/components/0"), ("GHSA-1",))
    for record in (
        surveyed(inventory(ANVIL), brought=[others]),
        surveyed(inventory(ANVIL, findings=(own,))),
    ):
        assert told(record) == [("GHSA-1", "c1", "findings")]
        assert [each.looked_up for each in record.components] == [False]


@pytest.mark.parametrize(
    ("advisories", "findings"),
    [([advisory("X-1", malicious=True)], []), ([], [finding("MAL-2026-1")])],
)
def test_malware_is_known_by_its_record_or_its_name(
    advisories: list[Advisory], findings: list[VulnerabilityFinding]
) -> None:
    """Whichever of the two is in hand."""
    record = surveyed(inventory(ANVIL), advisories=advisories, brought=[brought(*findings)])
    assert [each.malicious for each in record.vulnerabilities] == [True]
    assert record.totals.malicious == 1


def test_malware_comes_first_and_is_never_filtered() -> None:
    """It has no severity and often no alias."""
    record = surveyed(
        inventory(ANVIL, HAMMER),
        advisories=[advisory("GHSA-1"), advisory("MAL-2026-1", "hammer", malicious=True)],
    )
    assert [each.key for each in record.vulnerabilities] == ["MAL-2026-1", "GHSA-1"]
    assert record.first[0].what == "remove hammer 2.0.0, or show that it is another package"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (changed(ANVIL, purl=""), Why.NO_PURL),
        (changed(ANVIL, purl="https://example.org"), Why.BAD_PURL),
        (changed(ANVIL, purl="pkg:generic/anvil@1"), Why.ECOSYSTEM_NOT_COVERED),
        (changed(ANVIL, unusable=True), Why.UNUSABLE_ENTRY),
        (ANVIL, Why.NO_SNAPSHOT),
    ],
)
def test_without_data_each_component_has_its_own_reason(entry: Entry, why: Why) -> None:
    """What could never be looked up is told apart from what waits for data."""
    record = surveyed(inventory(entry))
    assert [each.why for each in record.components] == [why]
    assert [(each.why, each.count) for each in record.not_looked_up] == [(why, 1)]
    assert (record.totals.looked_up, record.totals.not_looked_up) == (0, 1)


def test_withdrawn_and_informational_are_no_matches() -> None:
    """Whoever says so; each is in its own list."""
    record = surveyed(
        inventory(ANVIL),
        advisories=[advisory("GHSA-1", withdrawn="2026-01-02T03:04:05Z")],
        brought=[
            brought(
                finding("GHSA-2", withdrawn="2026-01-02T03:04:05Z"),
                finding("RUSTSEC-1", informational="unmaintained"),
            )
        ],
    )
    assert record.vulnerabilities == ()
    assert [each.advisory for each in record.withdrawn] == ["GHSA-2", "GHSA-1"]
    assert {each.dated for each in record.withdrawn} == {datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    assert [each.reason for each in record.informational] == ["unmaintained"]


def test_findings_that_fit_nothing_are_listed() -> None:
    """A name proposes; a row without vulnerability and what was unread are gaps, like what fits nothing."""
    record = surveyed(
        inventory(ANVIL),
        brought=[
            brought(
                finding("GHSA-1", purl="pkg:npm/other@1"),
                VulnerabilityFinding("/findings/1", Named(name="anvil", version="1.0.0"), ("GHSA-2",)),
                finding(),
                unread=(Unread("/findings/9", "it is not an object"),),
                notes=("the list is empty",),
            )
        ],
    )
    assert [each.advisory for each in record.proposed] == ["GHSA-2"]
    assert [each.source for each in record.gaps] == [
        "fpf.json/findings/0",
        "fpf.json: GHSA-1",
        "fpf.json/findings/9",
        "fpf.json",
    ]
    assert record.vulnerabilities == ()


def statement(
    status: VexStatus = VexStatus.NOT_AFFECTED, *, vulnerability: str = "GHSA-1", purl: str = ANVIL.purl
) -> Brought:
    """A file with one VEX statement about a component."""
    said = VexStatement(
        "/statements/0", (vulnerability,), status, status, (VexProduct(Named(purl=purl)),), author="A"
    )
    return Brought("vex.json", Voice.SUPPLIER, FindingsFile("OpenVEX", vex=(said,)))


def test_vex_is_shown_beside_the_match_and_hides_nothing() -> None:
    """With its voice and file."""
    record = surveyed(inventory(ANVIL), advisories=[advisory("GHSA-1")], brought=[statement()])
    (match,) = record.vulnerabilities[0].matches
    assert [(each.status, each.voice, each.source) for each in match.vex] == [
        ("not_affected", "supplier", "vex.json")
    ]


def test_a_statement_that_has_two_names_for_one_vulnerability_is_shown_once() -> None:
    """Each of them would be enough."""
    said = statement().content.vex[0]
    both = replace(said, ids=("GHSA-1", "CVE-2026-1001"))
    file = Brought("vex.json", Voice.SUPPLIER, FindingsFile("OpenVEX", vex=(both,)))
    record = surveyed(
        inventory(ANVIL), advisories=[advisory("GHSA-1", aliases=("CVE-2026-1001",))], brought=[file]
    )
    assert len(record.vulnerabilities[0].matches[0].vex) == 1


@pytest.mark.parametrize("other", [{"vulnerability": "GHSA-2"}, {"purl": "pkg:npm/other@1"}])
def test_vex_that_applies_to_nothing_is_listed(other: dict[str, str]) -> None:
    """Another vulnerability or another component."""
    record = surveyed(inventory(ANVIL), advisories=[advisory("GHSA-1")], brought=[statement(**other)])  # type: ignore[arg-type]
    assert record.vulnerabilities[0].matches[0].vex == ()
    assert [each.source for each in record.vex_not_heard] == ["vex.json"]


def test_an_sbom_s_own_vex_is_the_supplier_s_word() -> None:
    """Whoever is named as its author."""
    own = VexStatement(
        "/vulnerabilities/0/analysis",
        ("GHSA-1",),
        VexStatus.NOT_AFFECTED,
        "not_affected",
        (VexProduct(Named(ref="/components/0")),),
        author="The user",
    )
    record = surveyed(inventory(ANVIL, vex=(own,)), advisories=[advisory("GHSA-1")])
    assert [each.voice for each in record.vulnerabilities[0].matches[0].vex] == ["supplier"]


def test_vex_about_a_part_of_a_component_holds_for_a_part_that_is_nowhere_else() -> None:
    """A statement about the copy in one archive says nothing about the copy beside it."""
    bundle = changed(HAMMER, name="bundle", purl="pkg:npm/bundle@1.0.0")
    inner = changed(ANVIL, place="/components/1/components/0", ref="i", parent="/components/1")
    products = (VexProduct(Named(purl=bundle.purl), (Named(purl=ANVIL.purl),)),)
    said = VexStatement("/statements/0", ("GHSA-1",), VexStatus.FIXED, "fixed", products)
    file = Brought("vex.json", Voice.SUPPLIER, FindingsFile("OpenVEX", vex=(said,)))
    heard = []
    for entries in ((bundle, inner), (ANVIL, bundle, inner)):
        record = surveyed(inventory(*entries), advisories=[advisory("GHSA-1")], brought=[file])
        heard.append([each.status for each in record.vulnerabilities[0].matches[0].vex])
    assert heard == [["fixed"], []]


def test_statements_that_are_too_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not beside a match are a gap, never nothing."""
    monkeypatch.setattr("avow.survey.vulnerabilities.MAX_WORDS", 1)
    record = surveyed(inventory(ANVIL), advisories=[advisory("GHSA-1")], brought=[statement()] * 3)
    assert len(record.vulnerabilities[0].matches[0].vex) == 1
    assert [(each.source, each.why) for each in record.gaps] == [
        ("VEX", "2 more statements are about matches and are not written beside them")
    ]


def test_what_counts_for_nothing_of_the_evidence_is_in_the_record(tmp_path: Path) -> None:
    """Or a file that was passed over would look like one that says nothing."""
    (tmp_path / "readme").write_text("text", encoding="utf-8")
    record = surveyed(inventory(ANVIL), evidence=gather([tmp_path], now=NOW))
    assert ["1 file is not evidence" in each.why for each in record.gaps] == [True]


def map_of(row: str) -> LineageMap:
    """A map with one reviewed row."""
    text = f"map: 1\nrows:\n  - {{{row}, reviewedBy: R. Viewer, reviewed: 2026-11-01}}\n"
    return read_map(text.encode(), source="avow.map", now=NOW)


FORK = Entry(place="/components/0", name="our-anvil", version="1.0.0-7", purl="pkg:generic/our-anvil@1.0.0-7")


def test_a_row_of_the_map_is_looked_up_and_contested() -> None:
    """It is a changed copy: whether the patch is in it, nobody looked."""
    table = map_of("name: our-anvil, is: 'pkg:npm/anvil@1.0.0', relation: patched")
    record = surveyed(inventory(FORK), advisories=[advisory("GHSA-1")], table=table)
    (match,) = record.vulnerabilities[0].matches
    assert (match.flags, match.contested) == (("map:patched",), True)


@pytest.mark.parametrize(
    ("about", "flags"),
    [
        (Named(purl="pkg:npm/anvil@1.0.0"), ("map:patched",)),
        (Named(ecosystem="npm", name="anvil", version="1.0.0"), ("map:patched",)),
        (Named(purl=FORK.purl), ()),
    ],
)
def test_a_finding_about_what_the_map_says_is_contested(about: Named, flags: tuple[str, ...]) -> None:
    """As a match is; one about the changed copy itself is not."""
    table = map_of("name: our-anvil, is: 'pkg:npm/anvil@1.0.0', relation: patched")
    own = VulnerabilityFinding("/findings/0", about, ("GHSA-1",))
    record = surveyed(inventory(FORK), brought=[brought(own)], table=table)
    (match,) = record.vulnerabilities[0].matches
    assert (match.flags, match.contested) == (flags, flags != ())


@pytest.mark.parametrize("selector", ["cpe: 'acme:widget'", "supplier: Acme, name: anvil", "name: anvil"])
def test_a_second_sbom_hides_nothing_by_a_row_of_the_map(selector: str) -> None:
    """It may add a CPE or supplier to a component; only a row that names its purl says that it is another."""
    told = changed(ANVIL, cpes=("cpe:2.3:a:acme:widget:1:*:*:*:*:*:*:*",), supplier="Acme")
    table = map_of(f"{selector}, is: 'pkg:npm/ours@9.0.0'")
    record = surveyed(inventory(ANVIL), inventory(told), advisories=[advisory("GHSA-1")], table=table)
    assert told_matches(record) == [("GHSA-1", "c1")]
    assert record.upstreams[0].key == "pkg:npm/anvil"
    assert record.components[0].flags == ("map_row_not_applied",)
    (gap,) = record.gaps
    assert gap.why == f"no row decides about anvil 1.0.0 by less than its purl, {ANVIL.purl}"


def told_matches(record: SurveyRecord) -> list[tuple[str, str]]:
    """Key of the vulnerability and component of each match."""
    return [(key, component) for key, component, _ in told(record)]


def test_a_row_that_names_the_purl_decides() -> None:
    """A person looked, and the SBOM is wrong; so does one that only says where it is from."""
    table = map_of("component: 'pkg:npm/anvil', is: 'pkg:npm/hammer'")
    record = surveyed(
        inventory(ANVIL), advisories=[advisory("GHSA-1"), advisory("GHSA-2", "hammer")], table=table
    )
    assert told_matches(record) == [("GHSA-2", "c1")]
    table = map_of("name: anvil, repository: 'https://github.com/acme/anvil'")
    record = surveyed(inventory(ANVIL), advisories=[advisory("GHSA-1")], table=table)
    assert record.upstreams[0].repository == "https://github.com/acme/anvil"
    assert told_matches(record) == [("GHSA-1", "c1")]


@pytest.mark.parametrize(("relation", "version"), [("builtFrom", "1.0.0-7"), ("vendored", "")])
def test_a_row_without_version_takes_the_component_s(relation: str, version: str) -> None:
    """But not for a vendored copy, whose version is its own."""
    asked: list[Entry] = []

    def look_up(entries: Sequence[Entry]) -> list[Lookup]:
        asked.extend(entries)
        return [Lookup() for _ in entries]

    surveyed(
        inventory(FORK),
        look_up=look_up,
        table=map_of(f"name: our-anvil, is: 'pkg:npm/anvil', relation: {relation}"),
    )
    assert [(each.purl, each.version) for each in asked] == [("pkg:npm/anvil", version)]


def test_vex_about_the_upstream_says_nothing_about_a_changed_copy() -> None:
    """Findings are joined by what the map says, VEX is not."""
    table = map_of("name: our-anvil, is: 'pkg:npm/anvil@1.0.0', relation: patched")
    record = surveyed(inventory(FORK), table=table, brought=[brought(finding("GHSA-1")), statement()])
    (match,) = record.vulnerabilities[0].matches
    assert match.vex == ()


def test_a_row_about_no_component_is_an_error() -> None:
    """With its line; once it may have mattered."""
    with pytest.raises(InputInvalid) as caught:
        surveyed(inventory(ANVIL), table=map_of("name: gone, own: us"))
    assert [each.line for each in caught.value.problems] == [3]


def test_a_row_about_a_component_of_another_sbom_is_a_gap() -> None:
    """Where only some of the SBOMs are surveyed that the map is about."""
    record = surveyed(inventory(ANVIL), table=map_of("name: gone, own: us"), whole=False)
    assert [(each.kind, each.source, each.why) for each in record.gaps] == [
        ("about_nothing", "avow.map", "line 3 is about no component of these SBOMs")
    ]


def test_a_mapped_component_is_not_looked_up_as_what_the_sbom_says() -> None:
    """A person has said what it is; its other package URLs do not count beside that."""
    fork = changed(FORK, other_purls=(HAMMER.purl,))
    table = map_of("name: our-anvil, is: 'pkg:npm/anvil@1.0.0', relation: same")
    record = surveyed(
        inventory(fork), advisories=[advisory("GHSA-1"), advisory("X-1", "hammer")], table=table
    )
    assert [each.key for each in record.vulnerabilities] == ["GHSA-1"]


def test_many_cycles_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile SBOM has one for each of its entries."""
    monkeypatch.setattr("avow.survey.assemble.MAX_CYCLES", 1)
    edges = tuple((each.place, each.place) for each in (ANVIL, HAMMER))
    record = surveyed(inventory(ANVIL, HAMMER, edges=edges))
    assert record.sboms[0].cycles == (("a",),)
    assert record.sboms[0].cycles_in_all == 2


def test_the_sbom_is_described_as_it_is() -> None:
    """Roots, counts, cycles and what nothing depends on."""
    root = Entry(place="/metadata/component", ref="p", name="gateway", version="7")
    record = surveyed(
        inventory(
            ANVIL,
            HAMMER,
            roots=(root,),
            edges=(
                ("/metadata/component", "/components/0"),
                ("/components/0", "/components/0"),
            ),
            findings=(),
            services=("billing",),
        )
    )
    (sbom,) = record.sboms
    assert (sbom.roots, sbom.entries, sbom.components, sbom.upstreams) == (("gateway 7",), 2, 2, 2)
    assert (sbom.cycles, sbom.unreachable, sbom.services) == ((("a",),), 1, ("billing",))


def test_findings_of_the_sbom_itself_are_a_supplier_s() -> None:
    """They name components by places of that SBOM."""
    own = VulnerabilityFinding(
        "/vulnerabilities/0", Named(ref="/components/0"), ("GHSA-1",), severities=(Severity("CVSS_V3", "x"),)
    )
    record = surveyed(inventory(ANVIL, HAMMER, findings=(own,)))
    assert told(record) == [("GHSA-1", "c1", "findings")]
    assert [each.method for each in record.vulnerabilities[0].ratings] == ["CVSS_V3"]


def test_what_the_product_file_says_is_in_the_record() -> None:
    """It is printed, and nothing of it is checked."""
    record = surveyed(inventory(ANVIL), product=Product(name="Gateway", support_end=date(2032, 12, 31)))
    assert record.product is not None
    assert (record.product.name, record.product.support_end) == ("Gateway", date(2032, 12, 31))
    assert surveyed(inventory(ANVIL)).product is None


def test_every_entry_is_in_exactly_one_place_of_one_component() -> None:
    """Two SBOMs that share a component."""
    record = surveyed(inventory(ANVIL, HAMMER), inventory(ANVIL, source="b.cdx.json"), advisories=[])
    assert sum(len(each.places) for each in record.components) == record.totals.entries == 3
    assert [len(each.places) for each in record.components] == [2, 1]
    assert Path(record.sboms[1].source).name == "b.cdx.json"
