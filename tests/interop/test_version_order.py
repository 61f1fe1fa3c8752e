"""Our order of plain releases is that of each ecosystem's own tool."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from packaging.version import Version
from support.version_pairs import version_pairs

from avow.formats.vers import is_plain_release, parse_vers

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.other_clients import Clients

Pair = tuple[str, str]

HERE: Final = Path(__file__).parent
DRAWN: Final = 12_000
DPKG_PAIRS: Final = 1_500
"""dpkg compares one pair a process, three milliseconds each."""

RPM: Final = (
    '%{{lua: for line in io.lines("{file}") do'
    ' local one, other = line:match("(%S+) (%S+)"); print(rpm.vercmp(one, other) .. "\\n") end}}'
)
RUBY: Final = (
    "File.foreach(ARGV[0]) { |line| puts line.split.map { |each| Gem::Version.new(each) }.reduce(:<=>) }"
)
DPKG: Final = """
libraries="$(echo "$1"/usr/lib/*-linux-gnu)"
loader="$(echo "$libraries"/ld-linux-*.so.*)"
dpkg="$1/usr/bin/dpkg"
compare() { "$loader" --library-path "$libraries" "$dpkg" --compare-versions "$@"; }
while read -r one other; do
    compare "$one" lt "$other"
    case $? in
        0) echo -1 ;;
        1) if compare "$one" eq "$other"; then echo 0; else echo 1; fi ;;
        *) echo x ;;
    esac
done <"$2"
"""


def ours(scheme: str, one: str, other: str) -> int | None:
    """How a range of `scheme` places `one` against `other`."""
    for operator, answer in (("<", -1), ("", 0), (">", 1)):
        if parse_vers(f"vers:{scheme}/{operator}{other}".replace("!", "%21")).contains(one):
            return answer
    return None


def plain_pairs(scheme: str) -> list[Pair]:
    """Drawn pairs of which both are plain releases of `scheme`; the others match by their spelling alone."""
    return [
        pair
        for pair in version_pairs(scheme, DRAWN)
        if all(is_plain_release(scheme, version) for version in pair)
    ]


def by_packaging(pairs: list[Pair], _clients: Clients, _file: Path) -> list[str]:
    versions = [(Version(one), Version(other)) for one, other in pairs]
    return [str((one > other) - (one < other)) for one, other in versions]


def by_semver(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    return answers(clients.run("node", HERE / "order.mjs", written(pairs, file)))


def by_dpkg(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    root = clients.path("tools")
    return answers(
        subprocess.run(
            ["sh", "-c", DPKG, "sh", root, written(pairs, file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    )


def by_rpm(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    return answers(clients.run("rpm", "--eval", RPM.format(file=written(pairs, file))))


def by_rubygems(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    return answers(
        clients.run("ruby", "--disable-gems", "-r", "rubygems/version", "-e", RUBY, written(pairs, file))
    )


def by_maven(pairs: list[Pair], clients: Clients, _file: Path) -> list[str]:
    """Its own main program compares each argument with the next one; every other answer is one of a pair."""
    (jar,) = clients.path("tools/usr/share/java").glob("maven3-artifact-*.jar")
    versions = [version for pair in pairs for version in pair]
    program = "org.apache.maven.artifact.versioning.ComparableVersion"
    answer = clients.run("java", "-Xshare:auto", "-cp", jar, program, *versions)
    assert answer.returncode == 0, answer.stderr
    signs = re.findall(r"^   \S+ (<|==|>) \S+$", answer.stdout, re.MULTILINE)[::2]
    return [{"<": "-1", "==": "0", ">": "1"}[sign] for sign in signs]


def written(pairs: list[Pair], file: Path) -> Path:
    """The file, with a pair on each line."""
    file.write_text("".join(f"{one} {other}\n" for one, other in pairs), encoding="ascii")
    return file


def answers(run: subprocess.CompletedProcess[str]) -> list[str]:
    """A line for each pair."""
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize(
    ("scheme", "tool"),
    [
        pytest.param("deb", by_dpkg, marks=pytest.mark.interop),
        pytest.param("gem", by_rubygems, marks=pytest.mark.interop),
        pytest.param("maven", by_maven, marks=pytest.mark.interop),
        pytest.param("npm", by_semver, marks=pytest.mark.interop),
        ("pypi", by_packaging),
        pytest.param("rpm", by_rpm, marks=pytest.mark.interop),
    ],
)
def test_the_order_is_that_of_the_schemes_own_tool(
    scheme: str,
    tool: Callable[[list[Pair], Clients, Path], list[str]],
    clients: Clients,
    tmp_path: Path,
) -> None:
    """The tool accepts every plain release, and orders each pair as our ranges do."""
    pairs = plain_pairs(scheme)[: DPKG_PAIRS if scheme == "deb" else None]
    found = tool(pairs, clients, tmp_path / "pairs")

    assert len(found) == len(pairs) > 1_000
    assert {"-1", "0", "1"} <= set(found)
    assert differences(scheme, pairs, found) == []


@pytest.mark.interop
@pytest.mark.parametrize("scheme", ["cargo", "golang"])
def test_the_order_of_three_numbers_is_that_of_semantic_versioning(
    scheme: str, clients: Clients, tmp_path: Path
) -> None:
    """The npm package semver answers for the tools of Rust and Go, as far as its numbers reach."""
    pairs = [
        pair
        for pair in plain_pairs(scheme)
        if all(is_plain_release("npm", each.removeprefix("v")) for each in pair)
    ]
    found = by_semver(pairs, clients, tmp_path / "pairs")

    assert len(found) == len(pairs) > 1_000
    assert differences(scheme, pairs, found) == []


def differences(scheme: str, pairs: list[Pair], found: list[str]) -> list[tuple[str, str, int | None, str]]:
    """Pairs that a tool orders in another way than we do."""
    return [
        (one, other, ours(scheme, one, other), theirs)
        for (one, other), theirs in zip(pairs, found, strict=True)
        if str(ours(scheme, one, other)) != theirs
    ]
