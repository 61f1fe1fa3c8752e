"""One key for every spelling of one package, and different keys for different ones."""

from __future__ import annotations

import pytest

from avow.advisories.identifiers import cpe_key, purl_key
from avow.formats.purl import read_purl


def key(text: str) -> str:
    return purl_key(read_purl(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:pypi/zope.interface@5.0", "pkg:pypi/Zope_Interface"),
        ("pkg:npm/%40angular/core", "pkg:npm/@angular/core@13.3.11"),
        ("pkg:golang/github.com/azure/gadget@v1", "pkg:golang/github.com/Azure/gadget"),
        ("pkg:golang/github.com/!azure/gadget", "pkg:golang/github.com/Azure/gadget"),
        ("pkg:nuget/jQuery@1.0.0", "pkg:nuget/jquery"),
        ("pkg:github/JQuery/jquery", "pkg:github/jquery/jquery@1.7.1"),
        ("pkg:maven/log4j/log4j@1.2?type=jar", "pkg:maven/log4j/log4j"),
    ],
)
def test_spellings_of_one_package_have_one_key(one: str, other: str) -> None:
    """Case, separators, percent-encoding, version and qualifiers do not make another package."""
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:npm/angular", "pkg:npm/%40angular/core"),
        ("pkg:npm/JSONStream", "pkg:npm/jsonstream"),
        ("pkg:golang/github.com/hashicorp/consul", "pkg:golang/github.com/hashicorp/consul/api"),
        ("pkg:npm/gadget", "pkg:pypi/gadget"),
        ("pkg:maven/a/gadget", "pkg:maven/b/gadget"),
    ],
)
def test_different_packages_have_different_keys(one: str, other: str) -> None:
    """AngularJS is not Angular, and a module below another one is a module of its own."""
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "text",
    [
        "cpe:2.3:a:openssl:openssl",
        "cpe:2.3:a:OpenSSL:openssl:1.1.1f-1ubuntu2.16:*:*:*:*:*:*:*",
        "cpe:/a:openssl:openssl",
        " cpe:/a:openssl:openssl:1.1.1f ",
    ],
)
def test_both_bindings_of_a_cpe_have_one_key(text: str) -> None:
    """Lists end after the product, SBOMs do not."""
    assert cpe_key(text) == "cpe:a:openssl:openssl"


def test_escapes_are_part_of_the_spelling() -> None:
    """`consul/api` is another product than `consul`, however it is escaped."""
    escaped, encoded = "cpe:2.3:a:hashicorp:consul\\/api:v1.12.0", "cpe:/a:hashicorp:consul%2fapi:v1.12.0"
    assert cpe_key(escaped) == cpe_key(encoded) == "cpe:a:hashicorp:consul/api"
    assert cpe_key("cpe:2.3:a:x\\:y:z") == "cpe:a:x:y:z"


def test_the_part_is_part_of_the_key() -> None:
    """An application of a distribution is not the distribution."""
    assert cpe_key("cpe:/a:redhat:enterprise_linux:8::appstream") != cpe_key("cpe:/o:redhat:enterprise_linux")


@pytest.mark.parametrize(
    "text",
    [
        *("", "openssl", "cpe:2.3:", "cpe:2.3:a:openssl", "cpe:/a", "cpe:2.3:x:openssl:openssl"),
        *("cpe:2.3:a:*:openssl", "cpe:2.3:a:openssl:-", "cpe:2.3:a:" + "x" * 3000 + ":y", "cpe:2.3:a:x:y\\"),
    ],
)
def test_what_is_not_a_cpe_has_no_key(text: str) -> None:
    """Nor has a CPE that leaves vendor or product open: it would match everything."""
    assert cpe_key(text) == ""
