"""A whole declaration in CycloneDX, and how it goes again."""

from __future__ import annotations

import json
from typing import Final

import pytest
from support.embedded import (
    CATALOGUE,
    EVERYTHING,
    URL,
    Json,
    cyclonedx,
    declared,
    entry_of,
    practice,
    sbom,
    write,
)
from support.sbom_validators import invalid

from avow.errors import InputInvalid
from avow.sbom.declarations import require_declarations
from avow.sbom.fields import read_embeddable
from avow.sbom.inventory import Entry
from avow.statement.predicate import PracticeEntry

# --- the whole declaration


FULL: Final = (
    *EVERYTHING,
    practice("TST-03", "partiallyImplemented").model_copy(
        update={"coverage": "the parser", "note": "since 2.0"}
    ),
    practice("TST-04", "notImplemented"),
    practice("DEP-01", "notApplicable").model_copy(
        update={"reason": "noDependencies", "justification": "it has none"}
    ),
    practice("GOV-04", None, lastRelease="2026-01-01"),
    practice("XXX-99"),
    PracticeEntry.model_validate(
        {
            "id": "SRC-05",
            "status": "implemented",
            "evidence": [
                {
                    "type": "repoFile",
                    "note": "the policy",
                    "retrievedAt": "2026-11-20T12:00:00Z",
                    "resource": {"uri": "https://acme.example/SECURITY.md", "digest": {"sha256": "aa" * 32}},
                },
                {"type": "humanStatement", "resource": {"name": "minutes"}},
            ],
        }
    ),
)


@pytest.mark.parametrize("what", ["cyclonedx 1.6", "cyclonedx 1.7"])
def test_the_whole_declaration(what: str) -> None:
    """Each status as the page says, valid, and with the note that the signed one prevails."""
    entry = entry_of(what)
    after, written = write(sbom(what), declared(*FULL), entry=entry, in_full=True)
    assert invalid(after) == []
    document = json.loads(after)
    (standard,) = document["definitions"]["standards"]
    assert standard["version"] == CATALOGUE.version
    assert standard["externalReferences"][0]["url"] == CATALOGUE.uri
    (attestation,) = document["declarations"]["attestations"]
    assert "the signed declaration prevails" in attestation["summary"]
    assert "assessor" not in attestation
    mapped = {each["requirement"].rpartition(":")[2]: each for each in attestation["map"]}
    assert mapped["VUL-03"]["conformance"] == {"score": 1}
    assert mapped["VUL-03"]["claims"] == ["avow:acmelib#VUL-03"]
    assert mapped["TST-03"]["conformance"] == {"rationale": "the parser"}
    assert mapped["TST-04"]["conformance"] == {"score": 0}
    assert mapped["TST-04"]["counterClaims"] == ["avow:acmelib#TST-04"]
    assert mapped["DEP-01"] == {
        "requirement": mapped["DEP-01"]["requirement"],
        "conformance": {"rationale": "not applicable: noDependencies: it has none"},
    }
    assert not {"GOV-04", "XXX-99"} & mapped.keys()
    assert "confidence" not in after.decode()
    claims = {each["bom-ref"]: each for each in document["declarations"]["claims"]}
    assert {each["target"] for each in claims.values()} == {"acmelib"}
    assert "avow:acmelib#DEP-01" not in claims
    assert claims["avow:acmelib#TST-04"]["predicate"].startswith("not in place: ")
    assert claims["avow:acmelib#TST-03"]["reasoning"] == "since 2.0"
    shown = claims["avow:acmelib#SRC-05"]
    assert shown["externalReferences"] == [
        {
            "type": "evidence",
            "url": "https://acme.example/SECURITY.md",
            "hashes": [{"alg": "SHA-256", "content": "aa" * 32}],
        }
    ]
    assert shown["evidence"] == [each["bom-ref"] for each in document["declarations"]["evidence"]]
    requirements = {each["bom-ref"] for each in standard["requirements"]}
    assert {each["requirement"] for each in attestation["map"]} <= requirements
    assert any("whole declaration" in each for each in written.added)


def test_a_declaration_in_full_replaces_the_earlier_one() -> None:
    """Of this component: that of another one, and what others declare, stays."""
    document = cyclonedx()
    document["declarations"] = {
        "claims": [{"bom-ref": "theirs", "target": "zlib"}],
        "attestations": [{"summary": "theirs"}],
    }
    document["definitions"] = {"standards": [{"bom-ref": "theirs-standard", "name": "theirs"}]}
    before = json.dumps(document).encode()
    once, _ = write(before, declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)
    zlib = Entry(place="/components/0", version="1.3", purl="pkg:generic/zlib@1.3")
    both, _ = write(once, declared(practice("VUL-03")), entry=zlib, in_full=True)
    after, replaced = write(both, declared(practice("VUL-03")), entry=entry_of("cyclonedx"), in_full=True)
    found = json.loads(after)
    assert invalid(after) == []
    assert [each["bom-ref"] for each in found["declarations"]["claims"]] == [
        "theirs",
        "avow:acmelib#VUL-03",
        "avow:component:pkg:generic/zlib@1.3#VUL-03",
    ]
    assert [each["summary"].partition(": ")[0] for each in found["declarations"]["attestations"]] == [
        "theirs",
        "Declared practices of acmelib 2.4.1, bom-ref acmelib",
        "Declared practices of pkg:generic/zlib@1.3, bom-ref avow:component:pkg:generic/zlib@1.3",
    ]
    assert len(found["definitions"]["standards"]) == 2
    assert "evidence" not in found["declarations"]
    assert "the whole declaration, 1 practices" in replaced.replaced
    assert found["components"][0]["bom-ref"] == "avow:component:pkg:generic/zlib@1.3"


def test_a_partial_practice_without_its_coverage() -> None:
    """The statement may lack it; the document is valid all the same."""
    said = declared(practice("TST-03", "partiallyImplemented"))
    after, _ = write(sbom("cyclonedx 1.6"), said, entry=entry_of("cyclonedx"), in_full=True)
    assert b'"rationale": "in place for a part"' in after


@pytest.mark.parametrize("what", ["cyclonedx 1.5", "spdx_2", "spdx_3"])
def test_formats_without_a_place_for_it(what: str) -> None:
    """They are refused with what to do."""
    document = read_embeddable(sbom(what), source="a.json")
    with pytest.raises(InputInvalid) as refused:
        require_declarations(document)
    assert "--declarations" in refused.value.hint


def test_a_format_with_a_place_for_it() -> None:
    """CycloneDX 1.6 has one."""
    require_declarations(read_embeddable(sbom("cyclonedx 1.6"), source="a.json"))


@pytest.mark.parametrize(
    "broken",
    [{"declarations": []}, {"definitions": {"standards": {"a": 1}}}, {"declarations": {"claims": {"a": 1}}}],
)
def test_a_broken_part_is_refused(broken: Json) -> None:
    """Nothing is guessed, and nothing is replaced."""
    data = json.dumps(cyclonedx() | broken).encode()
    with pytest.raises(InputInvalid):
        write(data, declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)


@pytest.mark.parametrize("there", [False, True])
def test_a_copy_that_is_not_asked_for_any_more(*, there: bool) -> None:
    """It goes, and with it what only it uses; what others declare stays, and so does the bom-ref."""
    document = cyclonedx()
    if there:
        document["declarations"] = {"claims": [{"bom-ref": "avow:acmelib#x"}], "evidence": [7]}
        document["definitions"] = {"standards": [{"bom-ref": "theirs", "name": "theirs"}]}
    before = json.dumps(document).encode()
    entry, said = entry_of("cyclonedx"), declared(*FULL)
    pointed, _ = write(before, said, entry=entry)
    copied, _ = write(before, said, entry=entry, in_full=True)
    after, written = write(copied, said, entry=entry)
    assert json.loads(after) == json.loads(pointed)
    assert written.removed == ["the copy of the whole declaration"]
    assert write(pointed, said, entry=entry)[1].removed == []


def test_the_copy_of_another_component_stays() -> None:
    """Also where its bom-ref begins with the one in question; and the catalogue that it uses."""
    document = cyclonedx()
    document["components"][0]["bom-ref"] = "acmelib#2"
    zlib = Entry(place="/components/0", name="zlib")
    other, _ = write(json.dumps(document).encode(), declared(*FULL), entry=zlib, in_full=True)
    both, _ = write(other, declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)
    after, _ = write(both, declared(*FULL), entry=entry_of("cyclonedx"))
    assert json.loads(after)["declarations"] == json.loads(other)["declarations"]
    assert json.loads(after)["definitions"] == json.loads(other)["definitions"]


@pytest.mark.parametrize(
    "parts",
    [
        {"declarations": []},
        {"declarations": {"claims": {}, "attestations": [7, {"map": 7}, {"map": [7]}]}},
        {"definitions": {"standards": {}}},
        {"definitions": []},
    ],
)
def test_parts_of_any_type_are_left_where_there_is_no_copy(parts: Json) -> None:
    """Nothing was asked of them."""
    data = json.dumps(cyclonedx() | parts).encode()
    after, _ = write(data, declared(*FULL), entry=entry_of("cyclonedx"))
    assert {name: json.loads(after)[name] for name in parts} == parts


def test_what_is_used_by_no_requirement_of_any_type() -> None:
    """What somebody else wrote into the same list is read with care."""
    copied, _ = write(sbom("cyclonedx 1.6"), declared(*FULL), entry=entry_of("cyclonedx"), in_full=True)
    document = json.loads(copied)
    document["declarations"]["attestations"] += [7, {"map": 7}, {"map": [7]}]
    document["definitions"]["standards"].append({"bom-ref": "theirs"})
    after, _ = write(json.dumps(document).encode(), declared(*FULL), entry=entry_of("cyclonedx"))
    assert json.loads(after)["definitions"] == {"standards": [{"bom-ref": "theirs"}]}
    broken = document | {"definitions": []}
    after, _ = write(json.dumps(broken).encode(), declared(*FULL), entry=entry_of("cyclonedx"))
    assert json.loads(after)["definitions"] == []


def test_two_declarations_in_full() -> None:
    """Each has claims of its own, and both go with the next run."""
    entry = entry_of("cyclonedx")
    one, two = declared(practice("VUL-03")), declared(practice("VUL-03", "notImplemented"), url=f"{URL}.2")
    both, _ = write(sbom("cyclonedx 1.6"), one, two, entry=entry, in_full=True)
    parts = json.loads(both)["declarations"]
    assert invalid(both) == []
    assert [each["bom-ref"] for each in parts["claims"]] == ["avow:acmelib#VUL-03", "avow:acmelib#2.VUL-03"]
    assert len(parts["attestations"]) == 2
    after, _ = write(both, one, entry=entry, in_full=True)
    (claim,) = json.loads(after)["declarations"]["claims"]
    assert claim["bom-ref"] == "avow:acmelib#VUL-03"


def test_an_expired_declaration_is_not_copied() -> None:
    """What an earlier run copied goes."""
    entry = entry_of("cyclonedx")
    once, _ = write(sbom("cyclonedx 1.6"), declared(*FULL), entry=entry, in_full=True)
    after, _ = write(once, declared(has_expired=True), entry=entry, in_full=True)
    assert "declarations" not in json.loads(after)


def test_a_component_without_purl_and_name() -> None:
    """Its place is all that names it."""
    entry = Entry(place="/components/1")
    after, _ = write(sbom("cyclonedx 1.6"), declared(*FULL), entry=entry, in_full=True)
    (found,) = json.loads(after)["declarations"]["attestations"]
    assert found["summary"].startswith("Declared practices of /components/1, bom-ref acmelib: a copy of")


def test_one_purl_twice_and_no_bom_ref() -> None:
    """Each component gets a bom-ref of its own."""
    document = cyclonedx()
    del document["components"][1]["bom-ref"]
    document["components"] += [dict(document["components"][1]), dict(document["components"][1])]
    data = json.dumps(document).encode()
    for number in (1, 2, 3):
        entry = Entry(place=f"/components/{number}", purl="pkg:pypi/acmelib@2.4.1")
        data, _ = write(data, declared(*FULL), entry=entry, in_full=True)
    assert invalid(data) == []
    made = "avow:component:pkg:pypi/acmelib@2.4.1"
    refs = [each.get("bom-ref") for each in json.loads(data)["components"]]
    assert refs == [None, made, f"{made}#2", f"{made}#3"]
    assert len(json.loads(data)["declarations"]["attestations"]) == 3


def test_a_catalogue_of_an_earlier_version_goes() -> None:
    """Nothing refers to it after the run."""
    entry = entry_of("cyclonedx")
    once, _ = write(sbom("cyclonedx 1.6"), declared(*FULL), entry=entry, in_full=True)
    old = once.replace(f"@{CATALOGUE.version}".encode(), b"@2001.01")
    after, _ = write(old, declared(*FULL), entry=entry, in_full=True)
    assert json.loads(after) == json.loads(once)
