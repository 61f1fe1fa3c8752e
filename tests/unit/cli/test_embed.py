"""`avow embed`: bundles that verify, and a project's own declaration, into SBOMs; and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from support.command_line import Ended
from support.pipeline import (
    REF,
    RELEASE_WORKFLOW,
    SHA256,
    Setting,
    declaration,
    security_contact,
)
from support.sbom_validators import invalid
from support.virtual_sigstore import NOW, VirtualSigstore

from avow import cli
from avow.statement.types import WITHDRAWAL_TYPE
from avow.values import utc_text

Avow = Callable[..., Ended]
Json = dict[str, Any]

URL: Final = "https://acme.example/evidence/a.sigstore.json"
PRODUCT: Final = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "component": {"bom-ref": "product", "type": "application", "name": "product", "version": "1"}
    },
    "components": [
        {
            "bom-ref": "zlib",
            "type": "library",
            "name": "zlib",
            "version": "1.3",
            "purl": "pkg:generic/zlib@1.3",
        },
        {
            "bom-ref": "acmelib",
            "type": "library",
            "name": "acmelib",
            "version": "2.4.1",
            "purl": "pkg:pypi/acmelib@2.4.1",
            "hashes": [{"alg": "SHA-256", "content": SHA256}],
        },
    ],
}


class _ThatDay(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "embed", "Write pointers to declarations into an SBOM.")
    monkeypatch.setattr(import_module("avow.cli.embed"), "datetime", _ThatDay)


@pytest.fixture(scope="module")
def virtual() -> VirtualSigstore:
    """One Sigstore for all tests of this module."""
    return VirtualSigstore(organisation="acme trust")


@pytest.fixture
def setting(tmp_path: Path, virtual: VirtualSigstore, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """A trusted root, a policy, an empty store and a product's SBOM, in the working directory."""
    monkeypatch.chdir(tmp_path)
    made = Setting(tmp_path, virtual=virtual)
    write_sbom(PRODUCT)
    return made


def write_sbom(document: Json, name: str = "product.cdx.json") -> Path:
    """An SBOM in the working directory."""
    path = Path(name)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def changed(**component: Any) -> Json:
    """The product with a different acmelib; None takes a field out."""
    document = json.loads(json.dumps(PRODUCT))
    for name, value in component.items():
        document["components"][1].pop(name, None)
        if value is not None:
            document["components"][1][name] = value
    return dict(document)


EMBED: Final = ("embed", "product.cdx.json", "--output", "out.cdx.json")
BY_POLICY: Final = ("--bundle", "store/a.sigstore.json", "--policy", "policy.yaml")


BY_OPTIONS: Final = (
    *("--bundle", "store/a.sigstore.json", "--trusted-root", "pinned.json", "--repo", "acme/acmelib"),
    *("--signer-workflow", ".github/workflows/release.yml", "--source-ref", REF),
)


def acmelib(name: str = "out.cdx.json") -> Json:
    """The component in the SBOM that was written."""
    return dict(json.loads(Path(name).read_bytes())["components"][1])


def not_written() -> bool:
    """There is no output, and the SBOM is as it was."""
    return not Path("out.cdx.json").exists() and json.loads(Path("product.cdx.json").read_bytes()) == PRODUCT


# --- a manufacturer


def test_a_verified_bundle_is_written_into_its_component(avow: Avow, setting: Setting) -> None:
    """By digest: pointer, properties and mirrors; everything else keeps its bytes."""
    bundle = setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)

    assert (ended.code, ended.out) == (0, ""), ended.err
    found = acmelib()
    assert [each["type"] for each in found["externalReferences"]] == ["attestation", "security-contact"]
    assert found["externalReferences"][0]["url"] == URL
    assert len(found["externalReferences"][0]["hashes"][0]["content"]) == 64
    assert [each["name"] for each in found["properties"]] == ["avow:payloadSha256", "avow:validUntil"]
    assert f"signed by {RELEASE_WORKFLOW}" in ended.err
    assert bundle.name in ended.err
    before, after = Path("product.cdx.json").read_bytes(), Path("out.cdx.json").read_bytes()
    same = next(number for number, (one, two) in enumerate(zip(before, after, strict=False)) if one != two)
    assert after[:same] + after[same - len(before) :] == before
    assert invalid(after) == []


def test_a_second_run_changes_nothing(avow: Avow, setting: Setting) -> None:
    """And says so; the address is known from the first."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 0
    before = Path("out.cdx.json").read_bytes()
    ended = avow("embed", "out.cdx.json", "--in-place", *BY_POLICY)
    assert ended.code == 0, ended.err
    assert "nothing changed" in ended.err
    assert Path("out.cdx.json").read_bytes() == before


def test_a_signer_by_options(avow: Avow, setting: Setting) -> None:
    """As for `avow verify`."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_OPTIONS, "--url", URL)
    assert ended.code == 0, ended.err
    assert acmelib()["externalReferences"][0]["url"] == URL


def test_nothing_unverified_is_written(avow: Avow, setting: Setting) -> None:
    """Without a signer there is no way to write a bundle's claims."""
    setting.sign(declaration())
    ended = avow(*EMBED, "--bundle", "store/a.sigstore.json", "--url", URL)
    assert ended.code == 2
    assert "no trusted signer is given" in ended.err
    assert not_written()


def test_a_bundle_of_somebody_else(avow: Avow, setting: Setting) -> None:
    """Its signature is good, and its signer may not speak for the component."""
    setting.sign(declaration(), signer=setting.workflow(repository="mallory/acmelib"))
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 4
    assert "mallory" in ended.err
    assert "nothing was written" in ended.err
    assert not_written()


def test_a_bundle_of_an_unknown_authority(avow: Avow, setting: Setting) -> None:
    """It does not verify at all."""
    foreign = VirtualSigstore(organisation="elsewhere")
    setting.bundle(b"{}", signer=foreign.person(), by=foreign)
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 5
    assert not_written()


def test_a_bundle_about_nothing_in_the_sbom(avow: Avow, setting: Setting) -> None:
    """Its name does not matter; the digest does."""
    setting.sign(declaration(), sha256_hex="00" * 32)
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 3
    assert "about the package of pkg:pypi/acmelib@2.4.1, and about other artefacts of it" in ended.err
    write_sbom(changed(purl=None))
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 3
    assert "--component" in ended.err
    assert not Path("out.cdx.json").exists()


def test_a_directory_without_bundles(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """There is nothing to write."""
    ended = avow(*EMBED, "--bundle", "store", "--policy", "policy.yaml", "--url", URL)
    assert ended.code == 3
    assert not_written()


def test_a_damaged_bundle_beside_a_good_one(avow: Avow, setting: Setting) -> None:
    """In a directory it is reported, and does not stop the other: anybody could put it there."""
    bundle = setting.sign(declaration())
    broken = json.loads(bundle.read_bytes())
    broken["dsseEnvelope"]["signatures"][0]["sig"] = "AAAA"
    setting.put(json.dumps(broken).encode(), name="b")
    ended = avow(*EMBED, "--bundle", "store", "--policy", "policy.yaml", "--url", URL)
    assert ended.code == 0, ended.err
    assert "refused: store/b.sigstore.json" in ended.err
    assert len(acmelib()["externalReferences"]) == 2


def test_a_withdrawn_declaration(avow: Avow, setting: Setting) -> None:
    """Whoever signed it took it back."""
    setting.sign(declaration())
    inspected = json.loads(avow("embed", "product.cdx.json", *BY_POLICY, "--url", URL).out)
    payload = inspected["components"][1]["properties"][0]["value"]
    withdrawal = {
        "withdrawnAt": utc_text(NOW - timedelta(seconds=30)),
        "withdraws": [{"payloadSha256": payload, "reason": "factsWrong"}],
    }
    setting.sign(withdrawal, name="w", predicate_type=WITHDRAWAL_TYPE)
    ended = avow(*EMBED, "--bundle", "store", "--policy", "policy.yaml", "--url", "https://acme.example/e/")
    assert ended.code == 1
    assert "withdrawn" in ended.err
    assert not_written()


def test_an_expired_declaration_is_pointed_to_and_not_mirrored(avow: Avow, setting: Setting) -> None:
    """Its facts may not hold any more."""
    day = timedelta(days=1)
    said = declaration(
        security_contact(reviewedAt="2026-10-01"),
        declaredAt=utc_text(NOW - 30 * day),
        validUntil=utc_text(NOW - day),
    )
    setting.sign(said, at=NOW - 30 * day)
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 0, ended.err
    assert "has expired" in ended.err
    assert [each["type"] for each in acmelib()["externalReferences"]] == ["attestation"]


def test_a_statement_of_a_project_does_not_speak_of_a_release(avow: Avow, setting: Setting) -> None:
    """Its licence is not that of the artefact."""
    licence = {"id": "LIC-01", "status": "implemented", "facts": {"spdxExpression": "MIT"}}
    setting.sign(declaration(security_contact(), licence, kind="project"))
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 0
    assert "licenses" not in acmelib()


# --- addresses


def test_a_directory_of_bundles(avow: Avow, setting: Setting) -> None:
    """Each with its own file name; one address for two is refused."""
    document = changed()
    document["components"][0]["hashes"] = [{"alg": "SHA-256", "content": "22" * 32}]
    document["components"][0]["purl"] = "pkg:pypi/acmelib@2.4.1"
    write_sbom(document)
    setting.sign(declaration())
    setting.sign(declaration(), name="b c", sha256_hex="22" * 32)
    words = ("--bundle", "store", "--policy", "policy.yaml")
    assert avow(*EMBED, *words, "--url", URL).code == 2
    ended = avow(*EMBED, *words, "--url", "https://acme.example/e/")
    assert ended.code == 0, ended.err
    components = json.loads(Path("out.cdx.json").read_bytes())["components"]
    assert [each["externalReferences"][0]["url"] for each in components] == [
        "https://acme.example/e/b%20c.sigstore.json",
        "https://acme.example/e/a.sigstore.json",
    ]


def test_two_bundles_of_one_name(avow: Avow, setting: Setting) -> None:
    """Only one of them could be at the address."""
    setting.sign(declaration())
    shutil.copytree("store", "other")
    setting.sign(declaration(security_contact(note="again")))
    words = ("--bundle", "store", "--bundle", "other", "--policy", "policy.yaml")
    ended = avow(*EMBED, *words, "--url", "https://acme.example/e/")
    assert ended.code == 2
    assert "two bundles would have the address" in ended.err


def test_the_address_that_the_project_wrote(avow: Avow, setting: Setting) -> None:
    """A pointer without a digest leads to a bundle with that file name."""
    pointer = {
        "type": "attestation",
        "url": "https://project.example/a.sigstore.json",
        "comment": "in-toto https://avow-attest.github.io/declared-practices/v0.1",
    }
    write_sbom(changed(externalReferences=[pointer]))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY)
    assert ended.code == 0, ended.err
    found = acmelib()["externalReferences"][0]
    assert found["url"] == pointer["url"]
    assert found["hashes"]


def test_no_address(avow: Avow, setting: Setting) -> None:
    """A pointer has to lead somewhere."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY)
    assert ended.code == 2
    assert "--url https://" in ended.err


@pytest.mark.parametrize(
    "url",
    ["", "a.json", "ftp://a.example/b", "https://a.example", "https://me:pw@a.example/b",
     "https://a.example/b c", "https://a.example/\u00e9", 'https://a.example/"',
     "https://a.example/" + "a" * 2000],
)  # fmt: skip
def test_an_address_that_formats_do_not_take(avow: Avow, setting: Setting, url: str) -> None:
    """Nor one with a password."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", url)
    assert ended.code == 2
    assert "--url is not an http or https address" in ended.err


def test_a_file_with_several_bundles(avow: Avow, setting: Setting) -> None:
    """A pointer would lead to all of them."""
    first, second = setting.sign(declaration()), setting.sign(declaration(), name="b", sha256_hex="22" * 32)
    Path("all.jsonl").write_bytes(first.read_bytes() + b"\n" + second.read_bytes() + b"\n")
    ended = avow(*EMBED, "--bundle", "all.jsonl", "--policy", "policy.yaml", "--url", URL)
    assert ended.code == 2
    assert "a part of a file" in ended.err


# --- what is written, and where


def test_the_whole_declaration_on_request(avow: Avow, setting: Setting) -> None:
    """Valid, and with the pointer."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL, "--declarations").code == 0
    written = json.loads(Path("out.cdx.json").read_bytes())
    assert [each["bom-ref"] for each in written["declarations"]["claims"]] == ["avow:acmelib#VUL-01"]
    assert invalid(Path("out.cdx.json").read_bytes()) == []


def test_no_whole_declaration_in_older_formats(avow: Avow, setting: Setting) -> None:
    """The option does something, or is refused."""
    write_sbom(PRODUCT | {"specVersion": "1.5"})
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--declarations")
    assert ended.code == 2
    assert "omit --declarations" in ended.err


def test_pointers_alone(avow: Avow, setting: Setting) -> None:
    """On request."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL, "--no-mirrors").code == 0
    assert [each["type"] for each in acmelib()["externalReferences"]] == ["attestation"]


def test_mirrors_and_copies_that_are_not_asked_for_any_more(avow: Avow, setting: Setting) -> None:
    """They go, and each is named."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL, "--declarations").code == 0
    again = ("embed", "out.cdx.json", "--in-place", *BY_POLICY)
    ended = avow(*again, "--no-mirrors")
    assert "  removed   the copy of the whole declaration" in ended.err
    assert "  removed   security-contact https://acme.example/report" in ended.err
    assert [each["type"] for each in acmelib()["externalReferences"]] == ["attestation"]
    assert not {"declarations", "definitions"} & json.loads(Path("out.cdx.json").read_bytes()).keys()


@pytest.mark.parametrize("place", ["document", "component"])
def test_an_sbom_with_a_signature_of_its_own(avow: Avow, setting: Setting, place: str) -> None:
    """It does not fit any more, and that is said; not where nothing changed."""
    document = changed(signature={"value": "x"}) if place == "component" else changed() | {"signature": {}}
    write_sbom(document)
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    where = "/components/1" if place == "component" else "/"
    assert f"note: SBOM has a signature of its own (at {where}), which no longer fits" in ended.err
    assert "signature" not in avow("embed", "out.cdx.json", "--in-place", *BY_POLICY).err


def test_several_statements_of_one_component(avow: Avow, setting: Setting) -> None:
    """Where they differ nothing is mirrored, and the bundles are named."""
    said = ("one", "two")
    for name in said:
        listed = {"id": "VUL-03", "status": "implemented", "reviewedAt": "2026-11-10"}
        facts = {"listUrl": f"https://{name}.example/advisories"}
        setting.sign(declaration(listed | {"facts": facts}), name=name)
    words = ("--bundle", "store", "--policy", "policy.yaml", "--url", "https://acme.example/e/")
    ended = avow(*EMBED, *words)
    assert ended.code == 0, ended.err
    for name in said:
        assert f"{name}.sigstore.json says https://{name}.example/advisories" in ended.err
    assert [each["type"] for each in acmelib()["externalReferences"]] == ["attestation"] * 2


def test_the_version_that_a_bundle_names(avow: Avow, setting: Setting) -> None:
    """Where the SBOM names none."""
    lines = [{"versions": "vers:pypi/>=2.4|<2.5", "securityUntil": "2029-06-30"}]
    support = {"id": "SUP-01", "status": "implemented", "facts": {"lines": lines}, "reviewedAt": "2026-11-10"}
    write_sbom(changed(purl="pkg:pypi/acmelib", version=None))
    setting.sign(declaration(support))
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 0, ended.err
    assert {"name": "cdx:lifecycle:milestone:endOfSupport", "value": "2029-06-30"} in acmelib()["properties"]
    setting.sign(declaration(support, scope_purls=None))
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert "no release line contains version (none)" in ended.err


def test_when_somebody_looked(avow: Avow, setting: Setting) -> None:
    """The user says when."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL, "--looked-at", "2026-11-19T08:00:00Z").code == 0
    assert acmelib()["properties"][2] == {"name": "avow:lookedAt", "value": "2026-11-19T08:00:00Z"}


def test_no_field_for_when_somebody_looked(avow: Avow, setting: Setting) -> None:
    """SPDX has no properties."""
    package = {"SPDXID": "SPDXRef-a", "name": "a", "downloadLocation": "NOASSERTION"}
    write_sbom({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [package]})
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--looked-at", "2026-11-19T08:00:00Z")
    assert ended.code == 2
    assert "omit --looked-at" in ended.err


@pytest.mark.parametrize(
    "moment", ["2026-11-19", "yesterday", "2026-13-45T00:00:00Z", "2026-12-01T00:00:00Z"]
)
def test_a_time_that_is_none_or_to_come(avow: Avow, setting: Setting, moment: str) -> None:
    """It is refused."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--looked-at", moment)
    assert ended.code == 2
    assert "2026-11-20T12:00:00Z" in ended.err


def test_in_place(avow: Avow, setting: Setting) -> None:
    """The file keeps its mode, and a link stays a link."""
    setting.sign(declaration())
    shutil.move("product.cdx.json", "real.cdx.json")
    Path("real.cdx.json").chmod(0o600)
    Path("product.cdx.json").symlink_to("real.cdx.json")
    assert avow("embed", "product.cdx.json", "--in-place", *BY_POLICY, "--url", URL).code == 0
    assert Path("product.cdx.json").is_symlink()
    assert Path("real.cdx.json").stat().st_mode & 0o777 == 0o600
    assert acmelib("real.cdx.json")["externalReferences"]


def test_an_input_is_not_replaced_by_the_output(avow: Avow, setting: Setting) -> None:
    """Neither the SBOM, which has an option for it, nor the bundle."""
    bundle = setting.sign(declaration())
    before = bundle.read_bytes()
    for output in ("product.cdx.json", "store/a.sigstore.json"):
        ended = avow("embed", "product.cdx.json", *BY_POLICY, "--url", URL, "--output", output)
        assert ended.code == 2
        assert "one of the files that were read" in ended.err
    assert bundle.read_bytes() == before
    assert not_written()


@pytest.mark.parametrize("output", [(), ("--output", "-")])
def test_standard_output(avow: Avow, setting: Setting, output: tuple[str, ...]) -> None:
    """The SBOM alone."""
    setting.sign(declaration())
    ended = avow("embed", "product.cdx.json", *BY_POLICY, "--url", URL, *output)
    assert json.loads(ended.out)["components"][1]["externalReferences"]


def test_hostile_names_are_shown_escaped(avow: Avow, setting: Setting) -> None:
    """A component can't write to the terminal."""
    write_sbom(changed(purl=None, name="\x1b[2J::error::x"))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 0, ended.err
    assert "\x1b" not in ended.err
    ended = avow("embed", "out.cdx.json", "--extract")
    assert "\x1b" not in ended.out


def test_many_components_are_counted(avow: Avow, setting: Setting) -> None:
    """Ten are shown."""
    document = changed()
    document["components"] += [document["components"][1] | {"bom-ref": f"c{number}"} for number in range(20)]
    write_sbom(document)
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 0, ended.err
    assert "and 11 more components" in ended.err


def test_problems_of_the_sbom_are_said_and_not_corrected(avow: Avow, setting: Setting) -> None:
    """Whoever made it can correct them."""
    write_sbom(changed() | {"dependencies": [{"ref": "nowhere", "dependsOn": ["acmelib"]}]})
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 0, ended.err
    assert "nothing of that was changed" in ended.err


def test_a_sandbox_is_said(avow: Avow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signatures prove nothing."""
    monkeypatch.chdir(tmp_path)
    setting = Setting(tmp_path, virtual=VirtualSigstore())
    write_sbom(PRODUCT)
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 2
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--insecure-sandbox")
    assert ended.code == 0, ended.err
    assert "INSECURE sandbox" in ended.err


# --- options


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("--bundle", "store", "--declaration", "policy.yaml"), "--declaration"),
        (("--policy", "policy.yaml", "--url", URL), "--policy"),
        (("--insecure-sandbox", "--url", URL), "--insecure-sandbox"),
        (("--key", "policy.yaml", "--url", URL), "--key"),
        (("--looked-at", "2026-11-19T08:00:00Z", "--url", URL), "--looked-at"),
        (("--extract", "--url", URL), "--url"),
        (("--extract", "--bundle", "store", "--in-place"), "--bundle, --in-place"),
        (("--format", "json", "--url", URL), "--format"),
        (("--in-place", "--output", "x", "--url", URL), "--in-place and --output"),
        (("--bundle", "store", "--policy", "policy.yaml", "--repo", "a/b", "--url", URL), "--repo"),
    ],
)
def test_options_that_exclude_each_other(
    avow: Avow, setting: Setting, words: tuple[str, ...], refused: str
) -> None:
    """Every option does something, or is refused."""
    setting.sign(declaration())
    ended = avow("embed", "product.cdx.json", *words)
    assert ended.code == 2
    assert refused in ended.err
    assert not_written()


def test_other_formats_are_refused(avow: Avow, setting: Setting) -> None:
    """With what to do."""
    setting.sign(declaration())
    Path("product.cdx.json").write_bytes(
        b'<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'
    )
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 2
    assert "have it made as JSON" in ended.err


# --- reading back


def test_what_was_written_is_read_back(avow: Avow, setting: Setting) -> None:
    """As text and as JSON."""
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL, "--looked-at", "2026-11-19T08:00:00Z").code == 0
    ended = avow("embed", "out.cdx.json", "--extract")
    assert ended.code == 0
    for line in (
        "acmelib 2.4.1",
        f"  declaration  {URL}",
        "2026-11-19T08:00:00Z",
        "  VUL-01  security-contact",
    ):
        assert line in ended.out
    assert "nobody verified any of this" in ended.out
    found = json.loads(avow("embed", "out.cdx.json", "--extract", "--format", "json").out)
    assert [each["url"] for each in found["pointers"]] == [URL]
    assert [each["practice"] for each in found["mirrors"]] == ["VUL-01"]


def test_an_sbom_without_pointers(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """It says that there are none."""
    assert (
        avow("embed", "product.cdx.json", "--extract").out == "no pointer to a declaration in 2 components\n"
    )


def test_other_statements_are_shown_as_such(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """A reference may lead to provenance; a mirror may stand alone."""
    references = [
        {"type": "attestation", "url": "https://a.example/p.json", "comment": "provenance"},
        {"type": "vcs", "url": "https://a.example/git", "comment": "declared-practices SRC-01"},
    ]
    write_sbom(changed(externalReferences=references[:1]))
    extracted = avow("embed", "product.cdx.json", "--extract").out
    assert "no pointer to a declaration in 2 components" in extracted
    assert "  other attestation (attestation)  https://a.example/p.json" in extracted
    assert "    comment      provenance" in extracted
    found = json.loads(avow("embed", "product.cdx.json", "--extract", "--format", "json").out)
    assert (found["pointers"], found["mirrors"]) == ([], [])
    assert [(each["kind"], each["comment"]) for each in found["others"]] == [("attestation", "provenance")]
    write_sbom(changed(externalReferences=references[1:]))
    extracted = avow("embed", "product.cdx.json", "--extract").out
    assert "  SRC-01  vcs  https://a.example/git" in extracted
    assert "nobody verified any of this" in extracted


def test_problems_are_listed(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """Ten of them, and all in JSON; a digest that can't be read makes no pointer without one."""
    pointer = {
        "type": "attestation",
        "url": "https://a.example/p.json",
        "comment": "in-toto https://avow-attest.github.io/declared-practices/v0.1",
        "hashes": [{"alg": "SHA-256", "content": "abc"}],
    }
    write_sbom(changed(externalReferences=[pointer]))
    extracted = avow("embed", "product.cdx.json", "--extract").out
    assert "  other attestation (attestation)  https://a.example/p.json" in extracted
    assert "1 problem of the SBOM" in extracted
    assert (
        "/components/1/externalReferences/0/hashes/0: a digest of sha256 has 64 hexadecimal digits"
        in extracted
    )
    write_sbom(changed(externalReferences=[pointer] * 12))
    assert "  and 2 more, which --format json lists" in avow("embed", "product.cdx.json", "--extract").out
    found = json.loads(avow("embed", "product.cdx.json", "--extract", "--format", "json").out)
    assert len(found["problems"]) == 12
