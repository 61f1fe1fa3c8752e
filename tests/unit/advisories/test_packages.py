"""A purl names a package of a public ecosystem, or it is said why nothing can be looked up for it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from packageurl.contrib import purl2url

from avow.advisories.packages import (
    NotLookedUp,
    Package,
    folded_key,
    package_key,
    package_of,
)
from avow.formats.order import SCHEMES
from avow.formats.purl import read_purl
from avow.record import Why


def found(text: str, field_version: str = "") -> Package:
    """The package that a purl names."""
    package = package_of(read_purl(text), field_version=field_version)
    assert isinstance(package, Package)
    return package


def refused(text: str, field_version: str = "") -> NotLookedUp:
    """Why a purl is not looked up."""
    reason = package_of(read_purl(text), field_version=field_version)
    assert isinstance(reason, NotLookedUp)
    return reason


@pytest.mark.parametrize(
    ("ecosystem", "name", "key"),
    [
        ("PyPI", "Friendly.Bard", "friendly-bard"),
        ("PyPI", "friendly--_.bard", "friendly-bard"),
        ("PyPI", "requests[security]", "requests"),
        ("npm", "@Types/Node", "@Types/Node"),
        ("Go", "github.com/!azure/go-ntlmssp", "github.com/Azure/go-ntlmssp"),
        ("Go", "github.com/Azure/go-ntlmssp", "github.com/Azure/go-ntlmssp"),
        ("Maven:https://maven.google.com", "com.google:Lib", "com.google:Lib"),
        ("NuGet", "AngleSharp", "anglesharp"),
        ("Packagist", "Vendor/Lib", "vendor/lib"),
        ("Hex", "Phoenix", "phoenix"),
        ("crates.io", "serde_json", "serde_json"),
        ("Debian:12", " openssl ", "openssl"),
    ],
)
def test_names_have_one_normaliser_per_ecosystem(ecosystem: str, name: str, key: str) -> None:
    """The same for the index and for the question."""
    assert package_key(ecosystem, name) == key


def test_folding_loses_the_case_only() -> None:
    """As purls of Go modules do."""
    assert folded_key("Go", "github.com/!azure/Go") == "github.com/azure/go"


@pytest.mark.parametrize(
    ("text", "ecosystem", "name", "placed"),
    [
        ("pkg:pypi/Friendly_Bard@1.0", "PyPI", "Friendly_Bard", "1.0"),
        ("pkg:npm/%40angular/core@v1.0.0", "npm", "@angular/core", "1.0.0"),
        ("pkg:npm/angular/core@1.0.0", "npm", "@angular/core", "1.0.0"),
        ("pkg:npm/%40angular%2Fcore@1.0.0", "npm", "@angular/core", "1.0.0"),
        ("pkg:maven/org.acme/lib@1.0.Final?type=jar", "Maven", "org.acme:lib", "1.0.Final"),
        ("pkg:golang/example.org/a/v5@v5.0.0#sub", "Go", "example.org/a/v5", "5.0.0"),
        ("pkg:golang/stdlib@go1.22.7", "Go", "stdlib", "1.22.7"),
        ("pkg:golang/stdlib@1.22", "Go", "stdlib", "1.22.0"),
        ("pkg:golang/std@go1.22rc1", "Go", "stdlib", "1.22.0-rc.1"),
        ("pkg:golang/cmd@v1.22.7+X", "Go", "toolchain", "1.22.7"),
        ("pkg:cargo/serde@1.0.0", "crates.io", "serde", "1.0.0"),
        ("pkg:gem/nokogiri@1.13.6-x86_64-linux", "RubyGems", "nokogiri", "1.13.6"),
        ("pkg:gem/rails@4.1.1", "RubyGems", "rails", "4.1.1"),
        ("pkg:nuget/AngleSharp@0.9.9", "NuGet", "AngleSharp", "0.9.9"),
        ("pkg:composer/vendor/lib@1.0", "Packagist", "vendor/lib", "1.0"),
        ("pkg:hex/phoenix@1.0.0", "Hex", "phoenix", "1.0.0"),
        ("pkg:pub/http@1.0.0", "Pub", "http", "1.0.0"),
        ("pkg:deb/debian/a@1.0-1?distro=debian-12", "Debian:12", "a", "1.0-1"),
        ("pkg:deb/debian/a@1.0-1?distro=debian-12.5", "Debian:12", "a", "1.0-1"),
        ("pkg:deb/debian/a@1.0-1?distro=bookworm", "Debian:12", "a", "1.0-1"),
        ("pkg:deb/debian/a@1.0-1?distro=debian-sid", "Debian:sid", "a", "1.0-1"),
        ("pkg:deb/ubuntu/a@1.0-1?distro=ubuntu-22.04", "Ubuntu:22.04:LTS", "a", "1.0-1"),
        ("pkg:deb/ubuntu/a@1.0-1?distro=jammy", "Ubuntu:22.04:LTS", "a", "1.0-1"),
        ("pkg:deb/ubuntu/a@1.0-1?distro=ubuntu-23.10", "Ubuntu:23.10", "a", "1.0-1"),
        ("pkg:deb/ubuntu/a@1.0-1?distro=ubuntu-23.04", "Ubuntu:23.04", "a", "1.0-1"),
        ("pkg:deb/a@1.0-1?distro=ubuntu-23.04", "Ubuntu:23.04", "a", "1.0-1"),
        ("pkg:apk/alpine/a@1.0-r0?distro=alpine-3.16.2", "Alpine:v3.16", "a", "1.0-r0"),
        ("pkg:apk/wolfi/a@1.0-r0?distro=wolfi-20230201", "Wolfi", "a", "1.0-r0"),
        ("pkg:apk/chainguard/a@1.0-r0", "Chainguard", "a", "1.0-r0"),
        ("pkg:rpm/rocky/a@1.0-1?distro=rocky-9.2", "Rocky Linux:9", "a", "1.0-1"),
        ("pkg:rpm/rocky-linux/a@1.0-1?distro=rocky-linux-9", "Rocky Linux:9", "a", "1.0-1"),
        ("pkg:rpm/rocky/a@1.0-1?distro=rocky-9&epoch=2", "Rocky Linux:9", "a", "2:1.0-1"),
        ("pkg:rpm/rocky/a@3:1.0-1?distro=rocky-9&epoch=2", "Rocky Linux:9", "a", "3:1.0-1"),
        ("pkg:rpm/opensuse/a@1.0-1?distro=opensuse-leap-15.5", "openSUSE:Leap 15.5", "a", "1.0-1"),
        ("pkg:rpm/openeuler/a@1-1?distro=openeuler-22.03-LTS-SP1", "openEuler:22.03-LTS-SP1", "a", "1-1"),
    ],
)
def test_a_package_is_found(text: str, ecosystem: str, name: str, placed: str) -> None:
    """In OSV's spelling of ecosystem, release and name."""
    package = found(text)

    assert (package.ecosystem, package.name, package.placed) == (ecosystem, name, placed)
    assert package.key == package_key(ecosystem, name)
    assert package.scheme in SCHEMES


@pytest.mark.parametrize(
    ("text", "why", "detail"),
    [
        ("pkg:generic/a@1", Why.ECOSYSTEM_NOT_COVERED, "generic"),
        ("pkg:alpine/a@1-r0", Why.ECOSYSTEM_NOT_COVERED, "alpine"),
        ("pkg:rpm/redhat/a@1-1?distro=rhel-8.10", Why.ECOSYSTEM_NOT_COVERED, "rpm"),
        ("pkg:deb/raspbian/a@1-1?distro=debian-12", Why.ECOSYSTEM_NOT_COVERED, "deb"),
        ("pkg:rpm/a@1-1", Why.ECOSYSTEM_NOT_COVERED, "rpm"),
        ("pkg:deb/debian/a@1-1", Why.NO_DISTRO, "deb"),
        ("pkg:deb/a@1-1", Why.NO_DISTRO, "deb"),
        ("pkg:apk/unknown/a@1-r1", Why.NO_DISTRO, "apk"),
        ("pkg:deb/debian/a@1-1?distro=unheard", Why.NO_DISTRO, "deb"),
        ("pkg:deb/debian/a@1-1?distro=ubuntu-22.04", Why.NO_DISTRO, "deb"),
        ("pkg:deb/debian/a@1-1?distro=debian-12-lts", Why.NO_DISTRO, "deb"),
        ("pkg:deb/ubuntu/a@1-1?distro=ubuntu-22.04-esm", Why.NO_DISTRO, "deb"),
        ("pkg:deb/ubuntu/a@1-1?distro=sid", Why.NO_DISTRO, "deb"),
        ("pkg:maven/lib@1.0", Why.BAD_PURL, ""),
        ("pkg:npm/a", Why.NO_VERSION, ""),
        ("pkg:npm/a@NOASSERTION", Why.NO_VERSION, ""),
        ("pkg:npm/a@UNKNOWN", Why.VERSION_NOT_PARSED, ""),
        ("pkg:npm/a@unspecified", Why.VERSION_NOT_PARSED, ""),
        ("pkg:maven/org.acme/a@UNKNOWN", Why.VERSION_NOT_PARSED, ""),
        ("pkg:maven/org.acme/a@%24%7Bproject.version%7D", Why.VERSION_NOT_PARSED, ""),
        ("pkg:golang/./api@(devel)", Why.VERSION_NOT_PARSED, ""),
        ("pkg:golang/stdlib@tip", Why.VERSION_NOT_PARSED, ""),
        ("pkg:golang/example.org/a@1.22", Why.VERSION_NOT_PARSED, ""),
        ("pkg:golang/example.org/a@go1.22rc1", Why.VERSION_NOT_PARSED, ""),
        ("pkg:npm/a@%5E1.0.0", Why.VERSION_NOT_PARSED, ""),
    ],
)
def test_it_is_said_why_a_purl_is_not_looked_up(text: str, why: Why, detail: str) -> None:
    """Never as if nothing had been found."""
    reason = refused(text)

    assert (reason.why, reason.detail) == (why, detail)


def test_the_type_of_alpine_packages_is_named() -> None:
    """A common slip; the package is not looked up under a guess."""
    assert "apk" in refused("pkg:alpine/a@1-r0").note


def test_the_version_of_the_field_is_used_and_flagged() -> None:
    """Only where the purl has none."""
    package = found("pkg:npm/a", "4.17.16")

    assert (package.version, package.flags) == ("4.17.16", ("version_from_field",))


def test_a_field_without_a_version_says_nothing() -> None:
    """Neither words nor blanks are versions."""
    assert refused("pkg:npm/a", "  ").why is Why.NO_VERSION
    assert refused("pkg:npm/a", "NOASSERTION").why is Why.NO_VERSION
    assert refused("pkg:npm/a", "Unknown").why is Why.VERSION_NOT_PARSED


@pytest.mark.parametrize(
    ("text", "field", "differs"),
    [
        ("pkg:npm/a@1.0.0", "2.0.0", True),
        ("pkg:npm/a@1.0.0", "1.0.0", False),
        ("pkg:npm/a@1.0.0", "v1.0.0", False),
        ("pkg:npm/a@1.0.0", "", False),
        ("pkg:npm/a@1.0.0", "NOASSERTION", False),
        ("pkg:golang/stdlib@1.22.7", "go1.22.7", True),
        ("pkg:rpm/rocky/a@1.0-1?distro=rocky-9&epoch=2", "2:1.0-1", False),
        ("pkg:rpm/rocky/a@1.0-1?distro=rocky-9&epoch=2", "1.0-1", False),
        ("pkg:deb/debian/a@1.0-1?distro=debian-12&upstream=b%402.0-1", "1.0-1", False),
        ("pkg:deb/debian/a@1.0-1?distro=debian-12&upstream=b%402.0-1", "1.1-1", True),
    ],
)
def test_two_versions_are_named(text: str, field: str, *, differs: bool) -> None:
    """The purl's is used, unless both are one version in two spellings."""
    package = found(text, field)

    assert ("purl_and_field_versions_differ" in package.flags) is differs
    assert package.field_version == (field if differs else "")


@pytest.mark.parametrize(
    ("text", "name", "version", "via"),
    [
        (
            "pkg:deb/debian/libw1@2.1-3+b1?distro=debian-12&upstream=widget%402.1-3",
            "widget",
            "2.1-3",
            "upstream",
        ),
        ("pkg:deb/debian/agent@2.2-2?distro=debian-12&upstream=suite", "suite", "2.2-2", "upstream"),
        ("pkg:deb/debian/widget@9-1?distro=debian-12", "widget", "9-1", ""),
        ("pkg:apk/alpine/libcrypto3@3-r0?distro=alpine-3.17&upstream=openssl", "openssl", "3-r0", "upstream"),
        ("pkg:apk/alpine/libw@3-r0?distro=alpine-3.17&upstream=w%402-r0", "w", "3-r0", "upstream"),
        (
            "pkg:rpm/rocky/libs@3-1?distro=rocky-9&upstream=open-ssl-3.0-2.el9.src.rpm",
            "open-ssl",
            "3.0-2.el9",
            "upstream",
        ),
        ("pkg:rpm/rocky/libs@3-1?distro=rocky-9&upstream=openssl", "libs", "3-1", ""),
    ],
)
def test_a_distribution_is_asked_for_the_source_package(text: str, name: str, version: str, via: str) -> None:
    """With the source's version; a source rpm's file name is split only if it has all parts."""
    package = found(text)

    assert (package.name, package.version, package.via) == (name, version, via)


def test_records_without_a_release_are_about_all_of_them() -> None:
    """And where advisories name binary packages, the binary's name is asked for, too."""
    assert found("pkg:deb/debian/a@1-1?distro=debian-12").also == (("Debian", "a"),)
    assert found("pkg:apk/wolfi/a@1-r0").also == ()
    assert found("pkg:rpm/almalinux/libs@3-1?distro=almalinux-9&upstream=ssl-3-1.src.rpm").also == (
        ("AlmaLinux", "libs"),
        ("AlmaLinux", "ssl"),
        ("AlmaLinux:9", "libs"),
    )


def test_another_repository_is_flagged() -> None:
    """A package of the same name elsewhere may be a mirror's copy or another one."""
    assert found("pkg:npm/a@1.0.0?repository_url=https://npm.acme.example/x").flags == ("other_repository",)
    assert found("pkg:npm/a@1.0.0?repository_url=npm.acme.example").flags == ("other_repository",)
    assert found("pkg:maven/g/a@1.0?repository_url=https://maven.google.com/").also == (
        ("Maven:https://maven.google.com", "g:a"),
    )


@pytest.mark.parametrize(
    "purl", ["pkg:npm/a@1.0.0", "pkg:pypi/a@1.0", "pkg:maven/g/a@1.0", "pkg:hex/a@1.0.0", "pkg:cargo/a@1.0.0"]
)
def test_the_registrys_own_address_is_no_other_repository(purl: str) -> None:
    """With and without `www.`, as a page and as a download."""
    makers: tuple[Callable[[str], str | None], ...] = (purl2url.get_repo_url, purl2url.get_download_url)
    links = [link for make in makers if (link := make(purl))]
    assert links
    for link in links:
        host = link.split("/")[2]
        for address in (link, host, host.removeprefix("www."), f"https://{host.upper()}/"):
            assert found(f"{purl}?repository_url={quote(address, safe=':/')}").flags == (), address


def test_a_spelling_that_is_not_canonical_is_kept() -> None:
    """It is read all the same, and whoever shows the answer can say how it was spelled."""
    for text in ("pkg:golang/example.org/a@v1.0.0+incompatible", "pkg:deb/debian/a@2%3A1-1?distro=debian-12"):
        assert found(text).purl == text


@pytest.mark.parametrize(
    "text",
    [
        "pkg:maven/%24%7Bproject.groupId%7D/anvil@1.0",
        "pkg:maven/org.acme/%24%7Bartifact.id%7D@1.0",
        "pkg:npm/an%20anvil@1.0.0",
        "pkg:pypi/anvil%24@1.0",
        "pkg:golang/example.org/%21Anvil@v1.0.0",
        "pkg:npm/anvil/@3.4.1",
        "pkg:npm/@3.4.1",
        "pkg:npm/anvil:3.4.1@1.0.0",
        "pkg:npm/anvil%5Bx%5D@1.0.0",
        "pkg:pypi/anvil/@1.26.5",
        "pkg:pypi/anvil-1.0-py3-none-any.whl@1.0",
    ],
)
def test_a_name_that_no_package_can_have_is_not_looked_up(text: str) -> None:
    """Nothing would be found, and that would read as if nothing were known."""
    assert refused(text).why is Why.BAD_PURL
    assert "can have this name" in refused(text).note


@pytest.mark.parametrize(
    "text",
    [
        "pkg:pypi/anvil%5Bfast%2Ctls%5D@1.0",
        "pkg:golang/github.com/%21acme/anvil@v1.0.0",
        "pkg:npm/%40acme/anvil_2~x@1.0.0",
        "pkg:maven/org.acme/anvil_2.13@1.0",
        "pkg:composer/acme/anvil@1.0",
    ],
)
def test_names_with_other_characters_than_letters_are_looked_up(text: str) -> None:
    """Extras, escaped capitals, scopes and paths are parts of names."""
    assert found(text).key


def test_a_package_of_go_is_not_its_module() -> None:
    """Advisories are looked up by module; which one it is in, a path does not say."""
    refusal = refused("pkg:golang/golang.org/x/net/html@v0.17.0?type=package")
    assert (refusal.why, refusal.ecosystem) == (Why.BAD_PURL, "Go")
    assert found("pkg:golang/golang.org/x/net@v0.17.0?type=module").key == "golang.org/x/net"


def test_gradles_word_for_no_version_is_not_placed() -> None:
    """Maven could order it, and would put it before every release."""
    assert found("pkg:maven/org.acme/a@unspecified").placed == ""
