"""Which component a bundle is written into: by digest or by name, and never one of another package."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from support.command_line import Ended
from support.pipeline import COMPONENT, SHA256, Setting, declaration, signer_rule

from .test_embed import (
    BY_OPTIONS,
    BY_POLICY,
    EMBED,
    URL,
    acmelib,
    changed,
    not_written,
    setting,
    that_day,
    virtual,
    write_sbom,
)

__all__ = ["setting", "that_day", "virtual"]
"""Fixtures."""

Avow = Callable[..., Ended]
Json = dict[str, Any]


def test_a_component_without_a_digest_is_named(avow: Avow, setting: Setting) -> None:
    """By a person, and the output says so."""
    write_sbom(changed(hashes=None))
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 3
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "pkg:pypi/acmelib@2.4.1")
    assert ended.code == 0, ended.err
    assert "you say that pkg:pypi/acmelib@2.4.1 is this artefact" in ended.err
    assert acmelib()["externalReferences"][0]["url"] == URL


def test_a_component_without_a_purl_is_named(avow: Avow, setting: Setting) -> None:
    """The output says as what: nothing else shows that it is."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "product")
    assert ended.code == 0, ended.err
    assert f"you say that product is {COMPONENT}; SBOM has neither purl nor digest" in ended.err
    ended = avow(*EMBED, *BY_OPTIONS, "--url", URL, "--component", "product")
    assert ended.code == 0, ended.err
    assert f"you say that product is {COMPONENT}@2.4.1" in ended.err
    setting.sign(declaration(scope_purls=None))
    ended = avow(*EMBED, *BY_OPTIONS, "--url", URL, "--component", "product")
    assert "you say that product is what the bundle is about" in ended.err


UNREADABLE: Final = ("not a purl", "https://acme.example/acmelib", "pkg:pypi/acmelib%zz@2.4.1", "pkg:pypi/")
FOREIGN: Final = (
    "pkg:npm/NodeGoat@1.3.0",
    "pkg:golang/github.com/BurntSushi/toml@v1.4.0",
    "pkg:oci/bomber@sha256:aa?mediaType=application%2Fvnd.oci",
    "pkg:pypi/acmelib@2.4.1?repository_url=https://elsewhere.example",
    "pkg:pypi/acmelib@2%2F4",
    "pkg:pypi/other@2.4.1",
)
HOW: Final = {"by digest": (), "named": ("--component", "acmelib")}


@pytest.mark.parametrize("signer", ["policy", "options"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("purl", UNREADABLE)
def test_a_purl_that_can_not_be_read(avow: Avow, setting: Setting, purl: str, how: str, signer: str) -> None:
    """It is not none: it may name another package, whatever the digest and the user say."""
    write_sbom(changed(purl=purl, **({"hashes": None} if how == "named" else {})))
    setting.sign(declaration())
    ended = avow(*EMBED, *(BY_POLICY if signer == "policy" else BY_OPTIONS), "--url", URL, *HOW[how])
    assert ended.code == 2
    assert "which can't be compared" in ended.err
    assert "correct the purl in the SBOM" in ended.err
    assert not Path("out.cdx.json").exists()


@pytest.mark.parametrize("signer", ["policy", "options"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("purl", FOREIGN)
def test_a_purl_of_another_package(avow: Avow, setting: Setting, purl: str, how: str, signer: str) -> None:
    """Whose purl has a strict form or not: who may speak for acmelib does not speak for it."""
    write_sbom(changed(purl=purl, **({"hashes": None} if how == "named" else {})))
    setting.sign(declaration())
    ended = avow(*EMBED, *(BY_POLICY if signer == "policy" else BY_OPTIONS), "--url", URL, *HOW[how])
    assert ended.code == 4
    assert "--purl" not in ended.err
    assert not Path("out.cdx.json").exists()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("other", "code"), [("pkg:pypi/other@2.4.1", 2), ("nonsense", 2), ("", 0)])
def test_a_second_purl(avow: Avow, setting: Setting, other: str, code: int, how: str) -> None:
    """All of them have to name the package; SPDX has several."""
    purls = [f"{COMPONENT}@2.4.1", "pkg:PyPI/AcmeLib@2.4.1?distribution=sdist", *filter(None, [other])]
    package = {
        "SPDXID": "acmelib",
        "name": "acmelib",
        "downloadLocation": "NOASSERTION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": SHA256}] if how == "by digest" else [],
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": each}
            for each in purls
        ],
    }
    write_sbom({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [package]})
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, *HOW[how])
    assert ended.code == code, ended.err


@pytest.mark.parametrize(
    ("rule", "purl"),
    [
        ("pkg:oci/acmelib", "pkg:oci/acmelib@2.4.1?mediaType=application%2Fvnd.oci.image"),
        ("pkg:pypi/acme.lib", "pkg:PyPI/Acme_Lib@2.4.1"),
        ("pkg:nuget/Acme.Lib", "pkg:nuget/acme.lib@2.4.1"),
    ],
)
def test_one_package_in_whatever_spelling(avow: Avow, setting: Setting, rule: str, purl: str) -> None:
    """What the strict reader refuses, or takes for another one, is compared all the same."""
    setting.ask(signers=(signer_rule(component=rule),))
    write_sbom(changed(purl=purl))
    setting.sign(declaration(scope_purls=[f"{rule}@2.4.1"]))
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 0
    setting.sign(declaration(scope_purls=[f"{rule}@2.4.0"]))
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 4
    assert "check its purl in the SBOM, the version included" in ended.err


def test_no_purl_where_the_rule_is_about_another_package(avow: Avow, setting: Setting) -> None:
    """The step fits an SBOM: there is no option for its purl."""
    write_sbom(changed(purl=None))
    setting.ask(signers=(signer_rule(component="pkg:pypi/other"),))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 4
    assert "if it has no purl in the SBOM, add it; or correct `for` in the policy" in ended.err


def test_another_version_by_its_package(avow: Avow, setting: Setting) -> None:
    """A statement in hand is about the package, and the SBOM has no digest."""
    write_sbom(changed(hashes=None))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 3
    assert "has no digest in the SBOM" in ended.err
    assert "--component pkg:pypi/acmelib@2.4.1" in ended.err


def test_another_digest_under_the_same_name(avow: Avow, setting: Setting) -> None:
    """It is refused, whoever says that it is the component."""
    write_sbom(changed(hashes=[{"alg": "SHA-256", "content": "11" * 32}]))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "acmelib")
    assert ended.code == 4
    assert not Path("out.cdx.json").exists()


def test_another_component_than_the_statement_names(avow: Avow, setting: Setting) -> None:
    """A person can't say that acmelib's declaration is about zlib."""
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:generic/zlib")))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "zlib")
    assert ended.code == 4
    assert not_written()


def test_bundles_about_different_artefacts_and_no_digest(avow: Avow, setting: Setting) -> None:
    """Which one is meant is not known."""
    write_sbom(changed(hashes=[{"alg": "MD5", "content": "11" * 16}]))
    setting.sign(declaration())
    setting.sign(declaration(), name="b", sha256_hex="22" * 32)
    words = ("--bundle", "store", "--policy", "policy.yaml", "--url", "https://acme.example/e/")
    ended = avow(*EMBED, *words, "--component", "acmelib")
    assert ended.code == 2
    assert "different artefacts" in ended.err


def test_nothing_in_hand_about_a_named_component(avow: Avow, setting: Setting) -> None:  # noqa: ARG001  the working directory
    """There is no statement at all."""
    words = ("--bundle", "store", "--policy", "policy.yaml", "--url", URL)
    assert avow(*EMBED, *words, "--component", "zlib").code == 3


def test_a_damaged_bundle(avow: Avow, setting: Setting) -> None:
    """It is refused with the reason."""
    setting.put(b"{}")
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 4
    assert "not a Sigstore bundle" in ended.err


def test_a_component_without_a_purl_under_a_policy_of_several(avow: Avow, setting: Setting) -> None:
    """Whose signer counts is not known."""
    write_sbom(changed(purl=None))
    setting.ask(signers=(signer_rule(), signer_rule(component="pkg:pypi/other")))
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL)
    assert ended.code == 2
    assert "acmelib has no purl, and" in ended.err
    assert "add its purl to the SBOM" in ended.err


def test_a_purl_in_another_spelling(avow: Avow, setting: Setting) -> None:
    """It is the same component."""
    write_sbom(changed(purl="pkg:pypi/AcmeLib@2.4.1"))
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 0


def test_two_digests_of_one_algorithm(avow: Avow, setting: Setting) -> None:
    """Neither is known to be right."""
    write_sbom(changed(hashes=[{"alg": "SHA-256", "content": each} for each in (SHA256, "11" * 32)]))
    setting.sign(declaration())
    assert avow(*EMBED, *BY_POLICY, "--url", URL).code == 3


@pytest.mark.parametrize(
    ("component", "word"),
    [("pkg:pypi/acmelb@2.4.1", "did you mean pkg:pypi/acmelib@2.4.1?"), ("???", "bom-ref")],
)
def test_a_component_that_is_not_there(avow: Avow, setting: Setting, component: str, word: str) -> None:
    """The nearest one is named."""
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", component)
    assert ended.code == 2
    assert word in ended.err


def test_two_components_of_one_name(avow: Avow, setting: Setting) -> None:
    """They are told apart by their identifiers."""
    document = changed(hashes=None)
    document["components"].append(document["components"][1] | {"bom-ref": "acmelib-again"})
    write_sbom(document)
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "pkg:pypi/acmelib@2.4.1")
    assert ended.code == 2
    assert "acmelib-again" in ended.err


def test_what_names_no_component_alone_is_not_offered(avow: Avow, setting: Setting) -> None:
    """Its place is, which names it."""
    document = changed(hashes=None)
    document["components"].append(document["components"][1])
    document["metadata"]["component"] = {"type": "library", "name": "acmelib", "purl": "acmelib"}
    write_sbom(document)
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "acmelib")
    assert ended.code == 2
    assert "/metadata/component, /components/1, /components/2" in ended.err
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "/components/2")
    assert ended.code == 0, ended.err
    assert json.loads(Path("out.cdx.json").read_bytes())["components"][2]["externalReferences"]


def test_packages_of_one_spdx_id(avow: Avow, setting: Setting) -> None:
    """They are counted; the first has a number as well."""
    package = {"SPDXID": "SPDXRef-a", "name": "a", "downloadLocation": "NOASSERTION"}
    write_sbom({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [package, package]})
    setting.sign(declaration())
    ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", "SPDXRef-a")
    assert "SPDXRef-a#1, SPDXRef-a#2" in ended.err
    for number in (1, 2):
        ended = avow(*EMBED, *BY_POLICY, "--url", URL, "--component", f"SPDXRef-a#{number}")
        assert ended.code == 0, ended.err
        packages = json.loads(Path("out.cdx.json").read_bytes())["packages"]
        assert ["externalRefs" in each for each in packages] == [number == 1, number == 2]
