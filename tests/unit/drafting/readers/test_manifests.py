"""Manifests of common ecosystems: only literal values are read, nothing is run, no credentials are shown."""

from __future__ import annotations

from typing import Any

import pytest

from avow.drafting.found import Document
from avow.drafting.readers.manifests import MANIFESTS, is_manifest, read_manifest, web_address

CASES: dict[str, tuple[str, str | None, str | None, str | None]] = {
    "pyproject.toml": (
        (
            '[project]\nname = "Acme_Lib"\nversion = "1.2"\nlicense = "MIT"\ndescription = "d"\n'
            '[project.urls]\nSource = "https://forge.dev/a/b"\nOther = "x"\n'
        ),
        "pkg:pypi/acme-lib",
        "1.2",
        "MIT",
    ),
    "setup.cfg": (
        (
            "[metadata]\nname = acme\nversion = 1.2\nlicense = MIT\nurl = https://acme.dev\n"
            "project_urls =\n  Source = https://forge.dev/a/b\n"
        ),
        "pkg:pypi/acme",
        "1.2",
        "MIT",
    ),
    "package.json": (
        '{"name": "@acme/lib", "version": "1.2", "license": "MIT", "repository": {"url": "git+https://forge.dev/a/b.git"}}',
        "pkg:npm/%40acme/lib",
        "1.2",
        "MIT",
    ),
    "Cargo.toml": (
        (
            '[workspace.package]\nlicense = "MIT"\n[package]\nname = "acme"\nversion = "1.2"\n'
            'license.workspace = true\nrepository = "https://forge.dev/a/b"\n'
        ),
        "pkg:cargo/acme",
        "1.2",
        "MIT",
    ),
    "go.mod": ("module github.com/acme/lib/v2\n\ngo 1.22\n", "pkg:golang/github.com/acme/lib/v2", None, None),
    "pom.xml": (
        (
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><parent><groupId>dev.acme</groupId></parent>'
            "<artifactId>lib</artifactId><version>1.2</version><licenses><license><name>MIT</name></license></licenses>"
            "<scm><url>https://forge.dev/a/b</url></scm></project>"
        ),
        "pkg:maven/dev.acme/lib",
        "1.2",
        "MIT",
    ),
    "settings.gradle.kts": ('rootProject.name = "acme"\n', None, None, None),
    "acme.gemspec": (
        (
            'Gem::Specification.new do |s|\n  s.name = "acme"\n  s.version = "1.2"\n  s.license = "MIT"\n'
            '  s.homepage = "https://acme.dev"\n  s.summary = "d"\n'
            '  s.metadata["source_code_uri"] = "https://forge.dev/a/b"\nend\n'
        ),
        "pkg:gem/acme",
        "1.2",
        "MIT",
    ),
    "composer.json": (
        '{"name": "acme/lib", "version": "1.2", "license": "MIT", "support": {"source": "https://forge.dev/a/b"}}',
        "pkg:composer/acme/lib",
        "1.2",
        "MIT",
    ),
    "src/Acme/Acme.csproj": (
        (
            "<Project><PropertyGroup><PackageId>Acme</PackageId><Version>1.2</Version>"
            "<PackageLicenseExpression>MIT</PackageLicenseExpression><Other>$(x)</Other>"
            "<RepositoryUrl>https://forge.dev/a/b</RepositoryUrl></PropertyGroup><ItemGroup/></Project>"
        ),
        "pkg:nuget/Acme",
        "1.2",
        "MIT",
    ),
    "mix.exs": (
        (
            'def project do\n [app: :acme, version: "1.2", package: package(), source_url: "https://forge.dev/a/b",\n'
            'homepage_url: "https://acme.dev"]\nend\ndefp package, do: [licenses: ["MIT"]]\n'
        ),
        "pkg:hex/acme",
        "1.2",
        "MIT",
    ),
    "Package.swift": ('let package = Package(\n  name: "acme",\n)', None, None, None),
    "pubspec.yaml": (
        "name: acme\nversion: '1.2'\nrepository: https://forge.dev/a/b\n",
        "pkg:pub/acme",
        "1.2",
        None,
    ),
    "acme.cabal": (
        "name: acme\nversion: 1.2\nlicense: MIT\nhomepage: https://acme.dev\nbug-reports: https://acme.dev/bugs\n",
        "pkg:hackage/acme",
        "1.2",
        "MIT",
    ),
    "configure.ac": (
        "AC_INIT([acme], [1.2], [https://acme.dev/bugs], [acme], [https://acme.dev])",
        None,
        "1.2",
        None,
    ),
    "meson.build": ("project('acme', 'c', version: '1.2', license: 'MIT')\n", None, "1.2", "MIT"),
    "CMakeLists.txt": (
        "project(acme VERSION 1.2 HOMEPAGE_URL https://acme.dev LANGUAGES C)\n",
        None,
        "1.2",
        None,
    ),
}


@pytest.mark.parametrize("path", CASES)
def test_each_ecosystem(reads: Any, path: str) -> None:
    """Name, version, purl and licence are read as stated."""
    text, purl, version, licence = CASES[path]
    found = reads(read_manifest, text, path=path)

    assert is_manifest(Document(path=path, data=text.encode()))
    assert found.about("name")[0].lower().rpartition("/")[2] in {"acme", "lib", "acme_lib"}
    assert found.about("purl") == ([purl] if purl else [])
    assert found.about("version") == ([version] if version else [])
    assert found.fact("LIC-01", "spdxExpression") == ([licence] if licence else [])
    if "forge.dev/a/b" in text:
        assert found.about("source") == ["https://forge.dev/a/b"]
        assert found.fact("SRC-01", "vcsUrl") == ["https://forge.dev/a/b"]


@pytest.mark.parametrize("path", CASES)
@pytest.mark.parametrize(
    "text", ["", "{", "<", "[", "<!DOCTYPE x><x/>", "\n" * 50_000, "a: [b", '{"name": 1}']
)
def test_damaged_manifests_say_nothing(reads: Any, path: str, text: str) -> None:
    """They cause no crash, no stall and no fact."""
    assert reads(read_manifest, text, path=path).reading.found == ()


@pytest.mark.parametrize(
    ("path", "text", "fact"),
    [
        (
            "package.json",
            '{"bugs": "https://acme.dev/bugs"}',
            ("VUL-07", "defectUrl", "https://acme.dev/bugs"),
        ),
        (
            "package.json",
            '{"funding": {"url": "https://acme.dev/f"}}',
            ("GOV-03", "fundingUrl", "https://acme.dev/f"),
        ),
        (
            "pyproject.toml",
            '[project.urls]\nChangelog = "https://acme.dev/c"\n',
            ("REL-03", "url", "https://acme.dev/c"),
        ),
        (
            "package.json",
            '{"license": "(MIT OR Apache-2.0)"}',
            ("LIC-01", "spdxExpression", "(MIT OR Apache-2.0)"),
        ),
        ("package.json", '{"repository": "acme/lib"}', ("SRC-01", "vcsUrl", "https://github.com/acme/lib")),
        (
            "package.json",
            '{"repository": "gitlab:acme/lib"}',
            ("SRC-01", "vcsUrl", "https://gitlab.com/acme/lib"),
        ),
    ],
)
def test_addresses_and_expressions(reads: Any, path: str, text: str, fact: tuple[str, str, str]) -> None:
    """Each kind of URL becomes the right fact."""
    assert reads(read_manifest, text, path=path).fact(fact[0], fact[1]) == [fact[2]]


def test_unclear_values_are_hints_or_left_out(reads: Any) -> None:
    """Licence names that are not ids, invalid URLs, and descriptions."""
    found = reads(
        read_manifest,
        '[tool.poetry]\nname = "acme"\nlicense = "BSD"\ndescription = "tool"\nhomepage = "acme"\n'
        'repository = "https://example.com/x"\nreadme = "x"\n',
        path="pyproject.toml",
    )

    assert found.hints("LIC-01") == ["the manifest says: BSD"]
    assert found.hints("DOC-01") == ["described as: tool"]
    assert len(found.left_out) == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"name": "acme", "private": true}'),
        ("Cargo.toml", '[package]\nname = "acme"\npublish = false\n'),
        ("pubspec.yaml", "name: acme\npublish_to: none\n"),
        ("mix.exs", "[app: :acme]"),
        ("go.mod", "module github.com/Acme/lib\n"),
        ("src/a.csproj", "<Project><PropertyGroup/></Project>"),
        ("pom.xml", "<project><artifactId>a</artifactId><version>1-SNAPSHOT</version></project>"),
        ("setup.cfg", "[options]\n"),
        ("meson.build", "project('acme', 'c')"),
        ("CMakeLists.txt", "project(acme C)"),
        ("configure.ac", "AC_INIT([acme], m4_esyscmd([x]))"),
        ("composer.json", '{"name": "Not Valid"}'),
    ],
)
def test_unpublished_packages_have_no_purl(reads: Any, path: str, text: str) -> None:
    """Private packages, computed versions, and names that a purl would change."""
    found = reads(read_manifest, text, path=path)

    assert found.about("purl") == []
    assert found.about("version") == []


def test_other_hosts_of_go_modules(reads: Any) -> None:
    """The path gives a source only for forges where it is also a URL."""
    found = reads(read_manifest, "module go.acme.dev/lib\n", path="go.mod")

    assert found.about("source") == []
    assert found.about("purl") == ["pkg:golang/go.acme.dev/lib"]


def test_a_cut_manifest_is_not_read(reads: Any) -> None:
    """Half a manifest could mean anything."""
    assert reads(read_manifest, "{}", path="package.json", complete=False).left_out
    assert reads(read_manifest, "{}", path="unknown").left_out
    assert not is_manifest(Document(path="package.json", data=b"\0"))


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://user:secret@forge.dev/a/b.git", "https://forge.dev/a/b"),
        ("git@forge.dev:a/b.git", "https://forge.dev/a/b"),
        ("ssh://git@forge.dev/a/b", "https://forge.dev/a/b"),
        ("git+ssh://git@forge.dev/a/b.git", "https://forge.dev/a/b"),
        ("git://forge.dev/a/b", "https://forge.dev/a/b"),
        ("scm:git:https://forge.dev/a/b.git", "https://forge.dev/a/b"),
        ("https://token@forge.dev:8443/a/b/", "https://forge.dev:8443/a/b"),
        ("/srv/git/b.git", None),
        ("../b", None),
        ("ext::sh -c x", None),
    ],
)
def test_remotes_lose_their_credentials(remote: str, address: str | None) -> None:
    """Only the https URL of the forge is written, or nothing."""
    assert web_address(remote) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[project]\nname = 'a'\nx = 1" + "0" * 4301, "not valid TOML"),
        (f"{'.'.join('a' * 120_000)} = 1\n[project]\nname = 'a'\n", "not read"),
        (f"x = {{{'.'.join('a' * 120_000)} = 1}}\n", "not read"),
        ("x = " + "[" * 100_000, "not valid TOML"),
    ],
)
def test_hostile_toml_costs_little(reads: Any, text: str, reason: str) -> None:
    """A number too long to convert, keys that take a minute, nesting without end: said, and left out."""
    reading = reads(read_manifest, text, path="pyproject.toml").reading
    assert [item.why.partition(":")[0] for item in reading.left_out] == [reason]


LICENCE = "<license><name>MIT</name></license>"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.gemspec", 's.name = "a"\ns.licenses = ["MIT", "GPL-2.0"]\n'),
        ("meson.build", "project('a', license : ['MIT', 'GPL-2.0-only'])\n"),
        ("pom.xml", f"<project><licenses>{LICENCE}{LICENCE}</licenses></project>"),
    ],
)
def test_several_licences_in_a_manifest(reads: Any, path: str, text: str) -> None:
    """Whether all apply, or one of them, is not in the manifest."""
    assert reads(read_manifest, text, path=path).fact("LIC-01", "spdxExpression") == []


def test_the_parent_of_modules(reads: Any) -> None:
    """Nobody depends on it."""
    head = "<groupId>dev.acme</groupId><artifactId>a-parent</artifactId>"
    text = f"<project>{head}<packaging>pom</packaging></project>"
    found = reads(read_manifest, text, path="pom.xml")

    assert found.about("purl") == found.about("name") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"name": "a", "version": "1.0.0", "deprecated": "use b"}'),
        ("composer.json", '{"name": "acme/a", "abandoned": "acme/b"}'),
        ("pyproject.toml", '[project]\nname = "a"\nclassifiers = ["Development Status :: 7 - Inactive"]\n'),
        ("Cargo.toml", '[package]\nname = "a"\n[badges]\nmaintenance = { status = "deprecated" }\n'),
    ],
)
def test_manifests_that_say_that_it_is_over(reads: Any, path: str, text: str) -> None:
    """Each ecosystem has a field for it."""
    assert reads(read_manifest, text, path=path).reading.ended


@pytest.mark.parametrize("path", ["tests/A.Tests.csproj", "samples/a.csproj", "A.Tests.csproj"])
def test_projects_of_tests_are_not_the_package(path: str) -> None:
    """They are other projects of the same repository."""
    assert MANIFESTS.fullmatch(path) is None
