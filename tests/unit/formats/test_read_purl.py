"""What real SBOMs write as purls is read, and look-alikes are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.purl import MAX_PURL_CHARACTERS, PurlInvalid, is_canonical, read_purl


def test_all_fields_are_decoded() -> None:
    """Type, namespace, name, version, qualifiers and subpath."""
    read = read_purl("pkg:npm/%40acme/lib@1.0%2Bx?download_url=https://dl.example/a%26b&x=1#a/b")

    assert (read.type, read.namespace, read.name, read.version) == ("npm", "@acme", "lib", "1.0+x")
    assert read.qualifiers == (("download_url", "https://dl.example/a&b"), ("x", "1"))
    assert read.qualifier("x") == "1"
    assert read.qualifier("y") == ""
    assert read.subpath == "a/b"


@pytest.mark.parametrize(
    ("text", "namespace", "name", "version"),
    [
        ("pkg:golang/example.org/a@v1.0.0+incompatible", "example.org", "a", "v1.0.0+incompatible"),
        ("pkg:golang/example.org/a@v1.0.0%2Bincompatible", "example.org", "a", "v1.0.0+incompatible"),
        ("pkg:deb/debian/a@2:9.0-1", "debian", "a", "2:9.0-1"),
        ("pkg:deb/debian/a@2%3A9.0-1", "debian", "a", "2:9.0-1"),
        ("pkg:npm/@acme/lib@1", "@acme", "lib", "1"),
        ("pkg:npm/@acme/lib", "@acme", "lib", ""),
        ("pkg:npm/%40acme%2Flib@1", "", "@acme/lib", "1"),
        ("pkg:golang/./api@(devel)", ".", "api", "(devel)"),
        ("pkg:golang/./api@%28devel%29", ".", "api", "(devel)"),
        ("PKG://pypi//Foo_Bar@1", "", "Foo_Bar", "1"),
        ("pkg:gem/a@", "", "a", ""),
        (" pkg:gem/a\n", "", "a", ""),
        ("pkg:gem/a@1@2", "", "a@1", "2"),
    ],
)
def test_other_spellings_mean_the_same(text: str, namespace: str, name: str, version: str) -> None:
    """A raw plus sign is not a blank, and letters keep their case."""
    read = read_purl(text)

    assert (read.namespace, read.name, read.version) == (namespace, name, version)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pkg:golang/example.org/a@v1.0.0%2Bincompatible", True),
        ("pkg:golang/example.org/a@v1.0.0+incompatible", False),
        ("pkg:deb/debian/a@1?b=2&a=1", False),
        ("pkg:PyPI/a@1", False),
    ],
)
def test_whether_the_spelling_is_canonical_is_said(text: str, *, canonical: bool) -> None:
    """By the strict reader, which alone decides what a declaration is about."""
    assert is_canonical(text) is canonical


def test_qualifiers_without_a_value_are_left_out() -> None:
    """As purl-spec says; keys are in lower case."""
    assert read_purl("pkg:deb/debian/a?Arch=all&distro=&flag").qualifiers == (("arch", "all"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://github.com/acme/lib", "not a purl"),
        ("", "not a purl"),
        ("pkg:pypi", "not a purl"),
        ("pkg:py\u212ai/a", "not a purl"),
        ("pkg:pypi/", "no name"),
        ("pkg:pypi/%20", "no name"),
        ("pkg:pypi/%E2%84%AAafka", "look-alike"),
        ("pkg:pypi/\u212aafka", "look-alike"),
        ("pkg:pypi/a%00", "control"),
        ("pkg:pypi/a\nb", "control"),
        ("pkg:pypi/a#b\nc", "not a purl"),
        ("pkg:pypi/a@1%", "percent"),
        ("pkg:pypi/a@1%zz", "percent"),
        ("pkg:deb/debian/a?distro=a&distro=b", "two values"),
        ("pkg:pypi/" + "a" * MAX_PURL_CHARACTERS, "characters"),
    ],
)
def test_what_is_not_a_purl_is_refused(text: str, reason: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(PurlInvalid, match=reason):
        read_purl(text)


@given(st.text(alphabet="abAB01.-_~:/@?#&=%+ \u212a\x00", max_size=30))
def test_what_is_read_is_printable_ascii(rest: str) -> None:
    """Nothing else than a refusal is raised."""
    try:
        read = read_purl(f"pkg:{rest}")
    except PurlInvalid:
        return
    fields = (read.type, read.namespace, read.name, read.version, read.subpath, *sum(read.qualifiers, ()))
    assert all(field.isascii() and field.isprintable() for field in fields)
    assert read.name
