"""Which package a component's purls name: in whatever spelling, and never none because of it."""

from __future__ import annotations

import pytest

from avow.errors import InputInvalid
from avow.formats.purl import LoosePurl, parse_purl
from avow.sbom.inventory import Entry
from avow.sbom.packages import canonical, package_key, spellings, stated_purl


def stated(*purls: str) -> LoosePurl:
    """What an entry with these purls names."""
    found = stated_purl(Entry(place="x", name="acmelib", purl=purls[0], other_purls=purls[1:]))
    assert found is not None
    return found


def test_no_purl_at_all() -> None:
    """Only that is none."""
    assert stated_purl(Entry(place="x")) is None


@pytest.mark.parametrize(
    "purl", ["not a purl", "https://a.example", "pkg:pypi/", "pkg:pypi/a%zz", "pkg:pypi/\u212aa"]
)
@pytest.mark.parametrize("first", [(), ("pkg:pypi/acmelib",)])
def test_one_that_can_not_be_read(purl: str, first: tuple[str, ...]) -> None:
    """Wherever it is, it is refused, and the place to correct it is named."""
    with pytest.raises(InputInvalid, match="acmelib has the purl") as refused:
        stated(*first, purl)
    assert "correct the purl" in refused.value.hint


@pytest.mark.parametrize(
    "other", ["pkg:pypi/other", "pkg:npm/acmelib", "pkg:pypi/acmelib?repository_url=https://b.example"]
)
def test_purls_of_different_packages(other: str) -> None:
    """Which one is meant is not known."""
    with pytest.raises(InputInvalid, match="different packages"):
        stated("pkg:pypi/acmelib@1", other)


def test_purls_of_one_package() -> None:
    """The first is taken."""
    assert stated("pkg:pypi/acme-lib@1", "pkg:PyPI/Acme_Lib@1?x=y").version == "1"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("pkg:pypi/Acme.Lib@1", "pkg:pypi/acme-lib@2", True),
        ("pkg:golang/a.example/Toml", "pkg:golang/a.example/toml", False),
        ("pkg:npm/NodeGoat", "pkg:npm/nodegoat", False),
        ("pkg:oci/a?repository_url=x.example", "pkg:oci/a", False),
        ("pkg:oci/a?arch=amd64", "pkg:oci/a", True),
    ],
)
def test_one_package(one: str, other: str, *, same: bool) -> None:
    """Whatever the version and most qualifiers; from one origin, and Go modules by their case."""
    assert (package_key(stated(one)) == package_key(stated(other))) is same


@pytest.mark.parametrize(
    ("purl", "spelling"),
    [
        ("pkg:pypi/Acme_Lib@2.4.1", "pkg:pypi/acme.lib@2.4.1"),
        ("pkg:pypi/acme-lib", "pkg:pypi/acme.lib"),
        ("pkg:pypi/Other@1", "pkg:pypi/other@1"),
        ("pkg:NuGet/a@1", "pkg:nuget/a@1"),
        ("pkg:npm/@acme/x@1+2", "pkg:npm/%40acme/x@1%2B2"),
        (
            "pkg:oci/a@sha256:b?mediaType=c%2Fd&repository_url=e.example/f",
            "pkg:oci/a@sha256:b?repository_url=e.example/f",
        ),
        ("pkg:golang/a.example/Toml@v1", None),
        ("pkg:pypi/acme-lib@1%2F2", None),
        ("pkg:pypi/other@1%2F2", None),
    ],
)
def test_the_canonical_spelling(purl: str, spelling: str | None) -> None:
    """That of the policy where it names the package, else the one of the format, if there is one."""
    known = spellings(
        map(parse_purl, ("pkg:pypi/acme.lib@9", "pkg:pypi/acme-lib", "pkg:golang/a.example/toml"))
    )
    found = canonical(stated(purl), known=known)
    assert (found.text if found else None) == spelling
