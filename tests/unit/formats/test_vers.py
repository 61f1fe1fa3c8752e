"""Version ranges contain exactly what they say; nothing is guessed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.formats.vers import (
    MAX_RANGE_CHARACTERS,
    MAX_VERSION_CHARACTERS,
    PLAIN_RELEASE,
    VersInvalid,
    is_plain_release,
    parse_vers,
    version_in_range,
)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (
            "vers:pypi/>=2.4|<2.5",
            ["2.4", "2.4.0", "2.4.9", "2.4.post1"],
            ["2.3", "2.5", "2.5rc1", "2.4rc1", "2.4.1+local", "2.4.1.dev1", "v2.4", "2.4-1"],
        ),
        ("vers:pypi/<2.4", ["0", "2.3.9"], ["2.4", "2.4a1", "2.3rc1", "2.3+x"]),
        ("vers:pypi/>2.4", ["2.4.1", "3"], ["2.4", "2.4.0"]),
        ("vers:pypi/>=2.4", ["2.4", "99"], ["2.3"]),
        ("vers:pypi/>1|<=2", ["1.1", "2", "2.0"], ["1", "1.0", "2.0.1"]),
        ("vers:pypi/1.0|2.5rc1", ["1.0", "1.0.0", "2.5rc1"], ["1.1", "2.5", "2.5rc2", "2.5RC1"]),
        ("vers:pypi/<1|>=2|!=2.1|<3", ["0.9", "2", "2.2"], ["1", "1.5", "2.1", "2.1.0", "3"]),
        ("vers:pypi/1!1.0|>=1!2.0".replace("!", "%21"), ["1!1.0", "1!2.1"], ["2.1", "1.0"]),
        (
            "vers:npm/>=1.0.0|<2.0.0",
            ["1.0.0", "1.9.9"],
            ["2.0.0", "2.0.0-rc.1", "1.5.0-beta", "1.5", "01.5.0"],
        ),
        (
            "vers:golang/>=v1.2.0|<v2.0.0",
            ["v1.2.0", "1.3.0"],
            ["v2.0.0", "v1.9.0-pre", "v1.9.0+incompatible"],
        ),
        ("vers:maven/>=1.0|<2", ["1.0", "1.9.1"], ["2", "2.0-SNAPSHOT", "1.5-alpha", "1.5.Final"]),
        (
            "vers:deb/>=1:2.0-1|<1:3",
            ["1:2.0-1", "1:2.5-1+deb12u1"],
            ["2.5-1", "1:3~rc1", "1:2.5+really1.9-1"],
        ),
        ("vers:rpm/>=1.0-1|<2", ["1.0-1", "1.5-2.fc39", "1.5-10.el9_3"], ["1.5-0.1.rc1", "2", "1.5~rc1-1"]),
        ("vers:apk/>=1.0|<2", ["1.0", "1.0-r10"], ["2", "1.5_rc1", "1.5a", "1.00", "1.05", "1.5-r01"]),
        ("vers:apk/>=1.0-r0|<1.0-r10", ["1.0-r0", "1.0-r9"], ["1.0", "1.0-r10", "1.0.0", "1.0.0-r0"]),
        ("vers:gem/>=1.0|<2", ["1.0", "1.9.9.1"], ["2", "1.5.pre1", "2.0.rc1"]),
        ("vers:cargo/>=1.0.0|<2.0.0", ["1.0.0"], ["2.0.0", "1.5.0-alpha.1", "1.5"]),
        ("vers:nuget/>=1.0|<2.0", ["1.0", "1.0.0.1"], ["2.0", "1.5-beta", "1"]),
        ("vers:generic/1.0|R2", ["1.0", "R2"], ["1.0.0", "r2", "1"]),
    ],
)
def test_a_range_contains_what_it_says(text: str, inside: list[str], outside: list[str]) -> None:
    """Plain releases match by order, everything else by equality only."""
    versions = parse_vers(text)
    assert [each for each in inside if not versions.contains(each)] == []
    assert [each for each in outside if versions.contains(each)] == []
    assert str(versions) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vers",
        "vers:pypi",
        "vers:pypi/",
        "vers:PyPI/1.0",
        "pypi/1.0",
        "vers:pypi/*",
        "vers:pypi/>=1.*",
        "vers:pypi/%2A",
        "vers:pypi/%3E1",
        "vers:pypi/>= 1",
        "vers:pypi/1%20",
        "vers:pypi/1|",
        "vers:pypi/=1.0",
        "vers:pypi/==1.0",
        "vers:pypi/~1.0|",
        "vers:pypi/1.0\u0661",
        "vers:pypi/1.0%D9%A1",
        "vers:pypi/>=1.0.0|<1.0.0",  # univers admits 1.0.0
        "vers:pypi/>=1.0|<1.0.0",  # the same, spelled otherwise
        "vers:pypi/1.0|1.0",
        "vers:pypi/1.0|1.0.0",
        "vers:pypi/2|1",
        "vers:pypi/>=2|<1",
        "vers:pypi/>=1|>=2",
        "vers:pypi/<1|<2",
        "vers:pypi/<1|2|<3",
        "vers:pypi/>=1|1.5|<2",
        "vers:pypi/1|<2",
        "vers:pypi/!=1",
        "vers:pypi/>=1|<2|!=3",
        "vers:pypi/>=1.0rc1",
        "vers:npm/<2",
        "vers:generic/>=1.0",
        "vers:generic/1|!=2",
        "vers:generic/1|1",
        "vers:pypi/" + "1" * MAX_RANGE_CHARACTERS,
    ],
)
def test_ranges_that_say_too_much_or_nothing_are_refused(text: str) -> None:
    """No `*`, unsorted or repeated versions, contradicting or useless bounds, or unknown order."""
    with pytest.raises(VersInvalid):
        parse_vers(text)


def test_a_star_is_refused_as_what_it_is() -> None:
    """It is not reported as a spelling mistake, because its author means every version."""
    with pytest.raises(VersInvalid, match="every version") as refused:
        parse_vers("vers:pypi/*")
    assert refused.value.fix == "write bounds instead of *"


def test_the_fix_names_the_schemes_whose_order_is_known() -> None:
    """An author who can't use bounds learns what to write instead."""
    with pytest.raises(VersInvalid) as refused:
        parse_vers("vers:github/>=1.0")
    assert "pypi" in refused.value.fix


def test_very_long_versions_match_by_equality_alone() -> None:
    """A comparison never builds a number of a thousand digits."""
    long = "1" * (MAX_VERSION_CHARACTERS + 1)
    assert not is_plain_release("pypi", long)
    assert not parse_vers("vers:pypi/>=1").contains(long)
    assert parse_vers(f"vers:pypi/{long}").contains(long)


@pytest.mark.parametrize(
    ("scheme", "longest", "refused"),
    [
        ("apk", "1." + "9" * 18, "1.18446744073709551617"),
        ("cargo", "0.0." + "9" * 19, "0.0.18446744073709551616"),
        ("deb", "999999999:1", "2147483648:1"),
        ("npm", "0.0." + "9" * 15, "0.0.9007199254740993"),
        ("nuget", "1.999999999", "1.2147483648"),
    ],
)
def test_numbers_that_are_too_long_for_the_schemes_tool(scheme: str, longest: str, refused: str) -> None:
    """They match by spelling alone: the tool refuses them, or orders them by what is left of them."""
    assert is_plain_release(scheme, longest)
    assert not is_plain_release(scheme, refused)
    assert parse_vers(f"vers:{scheme}/{refused}").contains(refused)


def test_a_library_is_imported_only_to_compare() -> None:
    """Reading a range with one version does not import packaging."""
    read = "from avow.formats.vers import parse_vers; parse_vers('vers:pypi/>=1')"
    code = f"import sys; {read}; sys.exit('packaging.version' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


RELEASES = st.lists(st.integers(0, 30), min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))
ASCII = st.characters(codec="ascii")
SCHEMES = st.sampled_from(sorted(PLAIN_RELEASE))


def _constraints_read(scheme: str, low: str, high: str) -> bool:
    try:
        parse_vers(f"vers:{scheme}/>={low}|<{high}".replace("!", "%21"))
    except VersInvalid:
        return False
    return True


def key(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@given(SCHEMES, RELEASES, RELEASES, RELEASES)
def test_intervals_agree_with_the_order_of_numbers(scheme: str, low: str, high: str, version: str) -> None:
    """For three plain numbers, all ten schemes agree with the order of the numbers."""
    if key(low) >= key(high):
        with pytest.raises(VersInvalid):
            parse_vers(f"vers:{scheme}/>={low}|<{high}")
        return
    versions = parse_vers(f"vers:{scheme}/>={low}|<{high}")
    assert versions.contains(version) is (key(low) <= key(version) < key(high))


@given(SCHEMES, st.text(alphabet="0123456789.-+~_:!vabcrcpostdev^ \u0661", max_size=20))
def test_only_plain_releases_are_inside_an_interval(scheme: str, version: str) -> None:
    """A version is inside an interval only if its position in the order is unambiguous."""
    versions = parse_vers(f"vers:{scheme}/>=1.0.0")
    if versions.contains(version):
        assert version == "1.0.0" or is_plain_release(scheme, version)


@given(SCHEMES, st.data())
def test_plain_releases_can_always_be_compared(scheme: str, data: st.DataObject) -> None:
    """The library can compare all versions that our grammar accepts, and its order is antisymmetric."""
    pattern = PLAIN_RELEASE[scheme]
    one, other = (data.draw(st.from_regex(pattern, fullmatch=True, alphabet=ASCII)) for _ in range(2))
    if one == other or len(one + other) > MAX_VERSION_CHARACTERS:
        return
    ascending, descending = (_constraints_read(scheme, *pair) for pair in ((one, other), (other, one)))
    assert not (ascending and descending)


@given(st.text(alphabet="vers:pyi/<>=!|*%0123456789.ab ", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other exception than `VersInvalid` is raised."""
    try:
        versions = parse_vers(text)
    except VersInvalid:
        return
    assert all(versions.contains(pin) for pin in versions.pins)
    assert not any(versions.contains(hole) for hole in versions.excluded)


@pytest.mark.parametrize(
    ("text", "scheme", "inside"),
    [
        ("vers:pypi/>=2.4|<2.5", "pypi", True),
        ("vers:pypi/>=2.4|<2.5", None, True),
        ("vers:pypi/>=2.4|<2.5", "npm", False),
        ("vers:pypi/>=2.5", "pypi", False),
        ("vers:pypi/*", "pypi", False),
        ("2.4.1", None, False),
    ],
)
def test_a_version_is_only_in_a_range_of_its_own_scheme(
    text: str, scheme: str | None, *, inside: bool
) -> None:
    assert version_in_range("2.4.1", text, scheme=scheme) is inside
