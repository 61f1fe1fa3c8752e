"""Package URLs have one spelling, and nothing that only looks like it is accepted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from avow.formats.purl import MAX_PURL_CHARACTERS, PurlInvalid, parse_purl, same_component, with_version


@pytest.mark.parametrize(
    "text",
    [
        "pkg:pypi/kafka",
        "pkg:pypi/kafka@1.0.0",
        "pkg:npm/%40acme/lib@1.2.3",
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=bookworm",
        "pkg:deb/debian/openssl@1%3A3.0-1".replace("%3A", ":"),
        "pkg:golang/github.com/acme/lib@v1.2.3#sub/package",
        "pkg:maven/org.acme/Lib@1.0?classifier=sources&repository_url=https://repo.example/release",
        "pkg:oci/image@sha256:abc?repository_url=registry.example/acme/image",
        "pkg:cargo/serde_json@1.0.0%2Bbuild",
        "pkg:rpm/fedora/CamelCase@1.0-1.fc39",
    ],
)
def test_canonical_text_is_read_and_kept(text: str) -> None:
    """Canonical text comes back unchanged."""
    assert str(parse_purl(text)) == text


def test_fields_are_decoded() -> None:
    """Type, namespace, name, version, qualifiers and subpath are decoded."""
    purl = parse_purl("pkg:npm/%40acme/lib@1.0%2Bx?download_url=https://dl.example/a%26b&x=1#a/b")
    assert (purl.type, purl.namespace, purl.name, purl.version) == ("npm", "@acme", "lib", "1.0+x")
    assert purl.qualifier("download_url") == "https://dl.example/a&b"
    assert purl.qualifier("vcs_url") is None
    assert purl.subpath == "a/b"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("pkg:pypi/%E2%84%AAafka", ""),  # the Kelvin sign lower-cases to k
        ("pkg:pypi/\u212aafka", ""),
        ("pkg:pypi/Foo_Bar@1", "pkg:pypi/foo-bar@1"),
        ("pkg:golang/github.com/Acme/lib", ""),  # a lower-case path is that of another module
        ("pkg:golang/github.com/acme/Lib", ""),
        ("pkg:deb/Debian/Foo", "pkg:deb/debian/foo"),
        ("pkg:rpm/Fedora/Foo", "pkg:rpm/fedora/Foo"),
        ("pkg:npm/%40acme%2Fui-kit", "pkg:npm/%40acme/ui-kit"),  # as some scanners write it
        ("pkg:npm/@acme%2fui-kit@1.0", "pkg:npm/%40acme/ui-kit@1.0"),
        ("pkg:NPM/%40acme/ui-kit", "pkg:npm/%40acme/ui-kit"),
        ("pkg:golang/github.com%2facme%2flib", "pkg:golang/github.com/acme/lib"),
        ("pkg:npm/%40Acme%2Fui-kit", ""),
        ("pkg:npm/JSONStream", ""),  # lower-cased it is another package
        ("pkg:npm/@acme/lib", "pkg:npm/%40acme/lib"),
        ("pkg:npm/%40Acme/lib", ""),
        ("pkg:generic/%41", "pkg:generic/A"),
        ("pkg:generic/a%2fb", ""),
        ("pkg:generic/a%2Fb", ""),
        ("pkg:generic/a/../b", ""),
        ("pkg:generic/./b", ""),
        ("pkg:generic/a%00b", ""),
        ("pkg:generic/a%0Ab", ""),
        ("pkg:generic/a?b=2&a=1", "pkg:generic/a?a=1&b=2"),
        ("pkg:generic/a?b=1&b=2", "pkg:generic/a?b=2"),
        ("pkg:generic/a?B=1", "pkg:generic/a?b=1"),
        ("pkg:generic/a?b=", "pkg:generic/a"),
        ("pkg:pub/a-b", "pkg:pub/a_b"),
        ("pkg:pypi/acme/lib", ""),  # PyPI has no namespaces
        ("pkg://pypi/a", "pkg:pypi/a"),
        ("PKG:pypi/a", "pkg:pypi/a"),
        (" pkg:pypi/a@1\n", "pkg:pypi/a@1"),
        ("'pkg:pypi/a@1'", "pkg:pypi/a@1"),
        ("@acme/lib@1.0.0", "pkg:npm/%40acme/lib@1.0.0"),
        ("Requests==2.4.1", "pkg:pypi/requests@2.4.1"),
        ("requests", ""),
        ("pkg:pypi", ""),
        ("", ""),
        ("pkg:generic/a\n", "pkg:generic/a"),
        ("pkg:generic/" + "a" * MAX_PURL_CHARACTERS, ""),
    ],
)
def test_other_spellings_are_refused_with_the_canonical_one(text: str, fix: str) -> None:
    """A fix is given only if exactly one canonical spelling is possible."""
    with pytest.raises(PurlInvalid) as refused:
        parse_purl(text)
    assert refused.value.fix == fix


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pkg:generic/a%2Fb", "can't contain an encoded slash"),
        ("pkg:generic/%41", "only characters that need percent-encoding"),
        ("pkg:generic/a?b=2&a=1", "sorted by key"),
        ("pkg:generic/a%00b", "printable ASCII"),
        ("pkg:pypi/Foo", "lower-case"),
        ("pkg:gem/%20", "not a purl"),  # the library takes blanks away, and then has no name
    ],
)
def test_the_spelling_is_checked_before_a_library_sees_it(text: str, reason: str) -> None:
    """The refusal is ours, not that of a library whose rules may change."""
    with pytest.raises(PurlInvalid, match=reason):
        parse_purl(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("pkg:pypi/a@1", "pkg:pypi/a@2", True),
        ("pkg:deb/debian/a?arch=amd64", "pkg:deb/debian/a?arch=arm64", True),
        ("pkg:golang/x.example/a#one", "pkg:golang/x.example/a#two", True),
        ("pkg:pypi/a", "pkg:pypi/b", False),
        ("pkg:pypi/a", "pkg:npm/a", False),
        ("pkg:deb/debian/a", "pkg:deb/ubuntu/a", False),
        ("pkg:pypi/a", "pkg:pypi/a?repository_url=https://index.example/simple", False),
        ("pkg:pypi/a?repository_url=https://x.example", "pkg:pypi/a?repository_url=https://y.example", False),
        ("pkg:generic/a?download_url=https://x.example", "pkg:generic/a", False),
        ("pkg:generic/a?vcs_url=https://x.example", "pkg:generic/a", False),
    ],
)
def test_a_component_is_its_name_and_its_origin(one: str, other: str, *, same: bool) -> None:
    """Equal names in two registries are two components; a missing origin does not equal a given one."""
    assert same_component(parse_purl(one), parse_purl(other)) is same
    assert same_component(parse_purl(other), parse_purl(one)) is same


NASTY = st.text(alphabet="abAB019.-_~:/@?#&=%+ \u212a\u0131\x00", max_size=20)


@given(st.sampled_from(["pypi", "npm", "golang", "deb", "generic", "pub", "maven"]), NASTY)
def test_what_is_accepted_is_ascii_and_stable(kind: str, rest: str) -> None:
    """Nothing crashes; accepted text is printable ASCII, and the library spells it in the same way."""
    text = f"pkg:{kind}/{rest}"
    try:
        purl = parse_purl(text)
    except PurlInvalid as refused:
        purl = parse_purl(refused.fix or "pkg:generic/nothing")
        text = purl.text
    assert text.isascii()
    assert text.isprintable()
    assert PackageURL.from_string(text).to_string() == text
    assert (purl.name, purl.namespace) == (
        PackageURL.from_string(text).name,
        PackageURL.from_string(text).namespace,
    )


@given(NASTY, NASTY)
def test_different_canonical_names_are_different_components(one: str, other: str) -> None:
    """No two spellings mean the same name, so a look-alike can't claim a component."""
    try:
        first, second = parse_purl(f"pkg:pypi/{one}"), parse_purl(f"pkg:pypi/{other}")
    except PurlInvalid:
        return
    if same_component(first, second):
        assert (
            first.text.split("@")[0].split("?")[0].split("#")[0]
            == second.text.split("@")[0].split("?")[0].split("#")[0]
        )


@pytest.mark.parametrize(
    ("component", "version", "text"),
    [
        ("pkg:pypi/a", "1.0+x", "pkg:pypi/a@1.0%2Bx"),
        ("pkg:pypi/a@1", "2", "pkg:pypi/a@2"),
        (
            "pkg:generic/a?download_url=https://x.example#s",
            "1",
            "pkg:generic/a@1?download_url=https://x.example#s",
        ),
    ],
)
def test_a_component_at_another_version(component: str, version: str, text: str) -> None:
    """The rest of the purl is unchanged."""
    assert with_version(parse_purl(component), version).text == text
