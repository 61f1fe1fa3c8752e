"""Versions of each ecosystem, in its own order."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.version_pairs import version_pairs
from univers import versions

from avow.formats.order import (
    MAX_VERSION_CHARACTERS,
    SCHEMES,
    compare,
    is_prerelease,
    is_version,
)
from avow.formats.vers import PLAIN_RELEASE, is_plain_release

ASCENDING = {
    "apk": [
        *("1.0_alpha", "1.0_alpha2", "1.0_beta", "1.0_pre1", "1.0_rc1", "1.0", "1.0-r1", "1.0-r9", "1.0-r10"),
        *(
            "1.0_git20240101",
            "1.0_p1",
            "1.0_p1-r1",
            "1.0a",
            "1.0b",
            "1.0.01",
            "1.0.1",
            "1.0.10",
            "1.1",
            "10.0",
        ),
    ],
    "cargo": ["1.0.0-alpha", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "18446744073709551615.0.0"],
    "composer": [
        *("1.0.0-dev", "1.0.0-alpha1", "1.0.0-alpha2", "1.0.0-beta", "1.0.0-beta2-dev", "1.0.0-beta2"),
        *("1.0.0-RC1", "1.0.0", "1.0.0-p1", "1.0.0-patch2", "1.0.1", "1.10", "20240101", "20240102"),
    ],
    "deb": [
        *(
            "1.0~~",
            "1.0~rc1-1",
            "1.0",
            "1.0-1~bpo12+1",
            "1.0-1",
            "1.0-1ubuntu1",
            "1.0-1+b1",
            "1.0-1+deb12u1",
        ),
        *("1.0-1+deb12u10", "1.0-2", "1.0a", "1.0+dfsg", "1.0.1", "1.10", "1:0.1"),
    ],
    "gem": ["1.0.0.a", "1.0.0.a.2", "1.0.0.rc1", "1.0.0", "1.0.1", "1.0.10"],
    "golang": [
        *("v0.0.0-20210825183410-e898025ed96a", "v0.7.0", "v1.0.0-rc.1", "1.0.0", "v1.13.2"),
        *("v1.13.3-0.20260308185742-3946ca64ff78", "v1.13.3+incompatible"),
    ],
    "maven": [
        *(
            "1.0-alpha-1",
            "1.0-beta-2",
            "1.0-m4",
            "1.0-rc1",
            "1.0-rc-2",
            "1.0-SNAPSHOT",
            "1.0.Final",
            "1.0.SP1",
        ),
        *("1.0.jre", "1.0-1", "1.0.1", "1.10"),
    ],
    "npm": [
        "1.0.0-0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.11",
        "v1.0.0",
        "1.0.10",
    ],
    "nuget": ["1.0-alpha", "1.0.0-ALPHA.2", "1.0.0-rc.10", "1.0", "1.0.0.1", "1.0.1", "1.10"],
    "pypi": ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0+local", "1.0.post1", "1.1", "1!0.1"],
    "rpm": [
        *(
            "1.0~rc1-1",
            "1.0",
            "1.0-1",
            "1.0-1.el9",
            "1.0-1.el9_2",
            "1.0-2",
            "1.0^git1-1",
            "1.0a-1",
            "1.0.1-1",
        ),
        *("1.10-1", "1:0.1-1"),
    ],
    "semver": ["1.0.0--", "1.0.0-A", "1.0.0-a", "1.0.0", "99999999999999999999.0.0"],
}
SAME = {
    "apk": [("1.0_rc", "1.0_rc"), ("01.0", "1.0")],
    "cargo": [("1.0.0+a", "1.0.0+b")],
    "composer": [
        ("v1.0", "1.0.0.0"),
        ("1.0.0-stable", "1.0"),
        ("1.0b2", "1.0.0-beta.2"),
        ("1.0+x", "1.0"),
    ],
    "deb": [("1.0", "0:1.0-0"), ("1.0-1", "1.0-01"), ("a0", "a")],
    "gem": [("1", "1.0.0"), ("1.0-1", "1.pre.1"), ("1.0.0.a", "1.a"), ("", "0")],
    "golang": [("v1.0.0+incompatible", "1.0.0")],
    "maven": [("4.3.19.RELEASE", "4.3.19"), ("1.0-cr1", "1-rc1"), ("1.0-GA", "1"), ("1.a1", "1-alpha-1")],
    "npm": [("v1.0.0", "1.0.0+build")],
    "nuget": [("1.0.0.0", "1"), ("1.0.0-RC", "1.0.0-rc"), ("1.0.0+a", "1.0.0")],
    "pypi": [("1.0", "1.0.0"), ("1.0-1", "1.0.post1"), ("1.0alpha1", "1.0a01")],
    "rpm": [("1.0", "0:1.0"), (":1.0", "1.0"), ("1.0.", "1.0"), ("1_0", "1.0")],
    "semver": [("1.0.0-a+x", "1.0.0-a+y")],
}
NOT_VERSIONS = {
    "apk": ["", "a", "1.0_x", "1.0-1", "v1.0"],
    "cargo": ["1.0", "v1.0.0", "18446744073709551616.0.0", "1.0.0-01"],
    "composer": ["dev-master", "1.x-dev", "", "next"],
    "deb": ["", "1 0", "x:1.0", "2147483648:1.0", "1.0_1"],
    "gem": ["a", "1..0", "1_0", "1.0 beta"],
    "golang": ["(devel)", "v1.0", "vv1.0.0"],
    "maven": ["", "1 0", "1\t0"],
    "npm": ["UNKNOWN", "1.2", "1.0.0-", "=1.0.0", "9007199254740992.0.0", "^1.0.0"],
    "nuget": ["1.0.0.0.0", "a", "1.0-", "2147483648.0"],
    "pypi": ["2004d", "1.0-x", "latest"],
    "rpm": ["", "1-2-3", "1:2:3", "a b", "1.0-"],
    "semver": ["v1.0.0", "1.2", "3.0.0alpha", "0"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_versions_have_their_order(scheme: str) -> None:
    """Each is before all that follow it."""
    for earlier, later in combinations(ASCENDING[scheme], 2):
        assert (earlier, later, compare(scheme, earlier, later)) == (earlier, later, -1)
        assert (later, earlier, compare(scheme, later, earlier)) == (later, earlier, 1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_different_spellings_are_the_same_version(scheme: str) -> None:
    """In the ecosystem's own eyes."""
    for one, other in SAME[scheme]:
        assert (one, other, compare(scheme, one, other)) == (one, other, 0)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_a_version_cannot_be_compared(scheme: str) -> None:
    """Neither before nor after anything."""
    valid = ASCENDING[scheme][0]
    for text in (*NOT_VERSIONS[scheme], "1" * (MAX_VERSION_CHARACTERS + 1), "1.0.\u0661"):
        assert not is_version(scheme, text), text
        assert compare(scheme, text, valid) is None, text
        assert compare(scheme, valid, text) is None, text


def test_an_unknown_scheme_has_no_order() -> None:
    """Dotted numbers are not a fallback."""
    assert compare("swift", "1.0", "2.0") is None


@pytest.mark.parametrize(
    ("scheme", "text", "prerelease"),
    [
        ("npm", "1.0.0-rc.1", True),
        ("npm", "1.0.0+a-b", False),
        ("pypi", "1.0.dev1", True),
        ("pypi", "1.0.post1", False),
        ("maven", "2.0.0-M4", True),
        ("maven", "1.0b2", True),
        ("maven", "1.0-SNAPSHOT", True),
        ("maven", "9.4.27.v20200227", False),
        ("maven", "25.0-jre", False),
        ("maven", "4.1.Final", False),
        ("gem", "1.0.rc1", True),
        ("gem", "1.0", False),
        ("composer", "1.0-beta1", True),
        ("composer", "1.0-dev", True),
        ("composer", "1.0-p1", False),
        ("composer", "1.0-p1-dev", True),
        ("nuget", "1.0-beta", True),
        ("deb", "1.0~rc1", False),
        ("npm", "latest", False),
    ],
)
def test_a_pre_release_is_known_by_the_ecosystems_rule(scheme: str, text: str, *, prerelease: bool) -> None:
    """Distributions have no such rule."""
    assert is_prerelease(scheme, text) is prerelease


def test_a_hostile_version_takes_no_time() -> None:
    """No pattern tries its ways to read a text one after the other."""
    for scheme in SCHEMES:
        for text in (
            "1.0-beta" + "1" * 200 + "x",
            "1" + ".1" * 100 + "!",
            "1" + "-a" * 100 + "!",
            "1~" * 120 + "_",
        ):
            assert compare(scheme, text, "1.0.0") in {-1, 0, 1, None}


@pytest.mark.parametrize("scheme", sorted(PLAIN_RELEASE))
def test_every_plain_release_has_a_place(scheme: str) -> None:
    """Ranges compare releases without asking whether that is possible."""
    drawn = [version for pair in version_pairs(scheme, 2_000) for version in pair]
    releases = [version for version in drawn if is_plain_release(scheme, version)]

    assert len(releases) > 500
    assert [version for version in releases if not is_version(scheme, version)] == []


TEXTS = st.text(alphabet="019.-_~^+:!abrcvx", max_size=12)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(one=TEXTS, other=TEXTS, third=TEXTS)
def test_the_order_is_one(scheme: str, one: str, other: str, third: str) -> None:
    """Both directions agree, a version equals itself, and nothing raises."""
    place = compare(scheme, one, other)
    back = compare(scheme, other, one)
    assert (place is None) == (back is None)
    assert place is None or back is None or place == -back
    assert compare(scheme, one, one) in {0, None}
    if scheme not in {"maven", "apk"} and {compare(scheme, one, other), compare(scheme, other, third)} == {
        -1
    }:
        assert compare(scheme, one, third) == -1


@pytest.mark.parametrize(
    ("scheme", "second"),
    [
        ("apk", versions.AlpineLinuxVersion),
        ("deb", versions.DebianVersion),
        ("nuget", versions.NugetVersion),
        ("composer", versions.ComposerVersion),
    ],
)
def test_univers_agrees_on_plain_releases(scheme: str, second: type[versions.Version]) -> None:
    """A second opinion for the schemes whose own tool is not at hand everywhere; it is not the judge."""
    releases = ["0.9.0", "1.0.0", "1.0.1", "1.0.10", "1.2.0", "1.10.0", "2.0.0", "10.0.0"]
    for one, other in combinations(releases, 2):
        assert second(one) < second(other)
        assert compare(scheme, one, other) == -1
