"""What each ecosystem's own tool says about the order of two versions; `tests/interop/fetch` brings it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.version import Version

if TYPE_CHECKING:
    from support.other_clients import Clients

Pair = tuple[str, str]

INTEROP: Final = Path(__file__).parent.parent / "interop"

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


def by_packaging(pairs: list[Pair], _clients: Clients, _file: Path) -> list[str]:
    """The library that pip uses."""
    versions = [(Version(one), Version(other)) for one, other in pairs]
    return [str((one > other) - (one < other)) for one, other in versions]


def by_semver(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    """The package that npm uses."""
    return answers(clients.run("node", INTEROP / "order.mjs", written(pairs, file)))


def by_dpkg(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    """One process a pair."""
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
    """Through its Lua."""
    return answers(clients.run("rpm", "--eval", RPM.format(file=written(pairs, file))))


def by_rubygems(pairs: list[Pair], clients: Clients, file: Path) -> list[str]:
    """`Gem::Version`."""
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
