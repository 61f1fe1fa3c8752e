"""What the tree as a whole shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from avow.drafting.found import Document, InRepository, Tag
from avow.drafting.readers import repository
from avow.drafting.readers.repository import LOCK_FILES, read_lock_file
from avow.values import thaw


@dataclass
class InMemory:
    """A tree of texts."""

    files: dict[str, str]
    tags: tuple[Tag, ...] = ()
    last_commit: date | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def paths(self) -> tuple[str, ...]:
        """All names."""
        return tuple(self.files)

    def read(self, path: str, *, max_bytes: int) -> Document:
        """One text."""
        self.asked.append(path)
        return Document(path=path, data=self.files[path].encode()[:max_bytes])


def read_tree(tree: InMemory, *, label: str, names: str = "acmelib", has_package: bool = False) -> Any:
    return repository.read_tree(tree, label=label, names=frozenset(names.split()), has_package=has_package)


def facts(readings: Any) -> dict[tuple[str, str], Any]:
    return {(item.practice, item.fact): thaw(item.value) for reading in readings for item in reading.found}


def hints(readings: Any) -> list[str]:
    return [hint.text for reading in readings for hint in reading.hints]


def test_lock_files_come_first_and_only_one_is_read() -> None:
    """The first one in the table is read; the others are mentioned."""
    tree = InMemory({"poetry.lock": "x", "pyproject.toml": "", "uv.lock": 'hash = "sha256:ab"'})
    readings = read_tree(tree, label="tree")

    assert tree.asked == ["uv.lock"]
    assert facts(readings)["DEP-01", "url"] == InRepository(path="uv.lock")
    assert facts(readings)["DEP-01", "hasDigests"] is True
    assert hints(readings) == ["poetry.lock exists as well"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"go.sum": "h1:", "uv.lock": "x"}, None),
        ({"pyproject.toml": "", "package-lock.json": "{}"}, None),
        ({"pyproject.toml": "", "Cargo.toml": "", "Cargo.lock": "x"}, None),
        ({"CMakeLists.txt": "", "package-lock.json": "{}"}, None),
        ({"pyproject.toml": "", "requirements.txt": "a"}, None),
        ({"requirements.txt": "a"}, None),
        ({"flake.lock": "{}", "Cargo.toml": "", "Cargo.lock": "x"}, "Cargo.lock"),
        ({"flake.lock": "{}"}, None),
        ({"examples/Cargo.lock": "x", "docs/package-lock.json": "{}"}, None),
        ({"package.json": "", "yarn.lock": " \n"}, None),
    ],
)
def test_only_the_lock_file_of_what_is_published_is_one(files: dict[str, str], expected: str | None) -> None:
    """Tools for the documentation, examples and a second language have lock files, too."""
    found = facts(read_tree(InMemory(files), label="tree")).get(("DEP-01", "url"))
    assert (found.path if found else None) == expected


def tag(name: str, day: int) -> Tag:
    return Tag(name=name, day=date(2026, 1, day), signed=False)


@pytest.mark.parametrize(
    ("names", "has_package", "expected"),
    [
        ("1.0.0 sub-2.0.0", True, "2026-01-01"),
        ("1.0.0 sub-2.0.0", False, None),
        ("sub-2.0.0 1.0.0", False, "2026-01-02"),
        ("acmelib-1.0 acmelib-parent-1.1", False, "2026-01-02"),
        ("ACMELIB_1_2_0 acmelib_1_3", False, "2026-01-02"),
        ("acmelib@1.0.0 other@2.0.0", True, "2026-01-01"),
        ("one@1.0.0 two@2.0.0", False, None),
        ("other-1.0.0 other-2.0.0", False, "2026-01-02"),
        ("release/v1.0 tools/v2.0", True, "2026-01-01"),
        ("acmelib-1.0 rel/acmelib-1.1", False, "2026-01-02"),
        ("1.0.0 rc-1.1.0 beta/1.2 nightly-2.0", False, "2026-01-01"),
    ],
)
def test_tags_of_other_packages_are_not_releases(
    names: str,
    has_package: bool,  # noqa: FBT001  parameter of the test
    expected: str | None,
) -> None:
    """If the newest tag is of something else, and nothing says what is published, a person has to say."""
    tags = tuple(tag(name, day) for day, name in enumerate(names.split(), start=1))
    readings = read_tree(InMemory({}, tags), label="tags", has_package=has_package)

    assert facts(readings).get(("GOV-03", "lastRelease")) == expected


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_without_digests(name: str) -> None:
    """Only a completely read file can show that there are no digests."""
    whole = read_lock_file(Document(path=name, data=b"x"))
    half = read_lock_file(Document(path=name, data=b"x", complete=False))

    assert facts([whole])["DEP-01", "hasDigests"] is False
    assert ("DEP-01", "hasDigests") not in facts([half])
    assert facts([whole])["DEP-01", "format"] == (
        "manifest" if name in {"requirements.txt", "vcpkg.json"} else "lockfile"
    )


def test_plain_tags_that_ended_long_ago() -> None:
    """Since then the packages of the repository have tags of their own."""
    tags = (
        Tag(name="v1.0.0", day=date(2024, 1, 1), signed=False),
        Tag(name="part@2.0.0", day=date(2026, 1, 1), signed=False),
    )
    readings = read_tree(InMemory({}, tags), label="tags", has_package=True)

    assert ("GOV-03", "lastRelease") not in facts(readings)


def test_tags_dates_and_signatures() -> None:
    """Only releases count: no pre-releases, no moving tags."""
    tags = (
        Tag(name="v1.0.0", day=date(2024, 1, 1), signed=True),
        Tag(name="v1.1.0", day=date(2025, 1, 1), signed=False),
        Tag(name="v1.2.0-rc.1", day=date(2026, 1, 1), signed=True),
        Tag(name="v1.1-latest", day=date(2026, 1, 1), signed=True),
        Tag(name="nightly", day=date(2026, 1, 1), signed=True),
        Tag(name="1.1.0.post1", day=date(2025, 2, 1), signed=False),
    )
    readings = read_tree(InMemory({}, tags, date(2026, 2, 2)), label="6 tags")

    assert facts(readings) == {
        ("GOV-03", "lastRelease"): "2025-02-01",
        ("GOV-03", "lastCommit"): "2026-02-02",
    }
    assert hints(readings) == [
        "3 version tags, from v1.0.0 (2024-01-01) to 1.1.0.post1 (2025-02-01)",
        "signed version tags: 1 of 3; the signatures were not checked",
    ]


def test_unsigned_tags_are_not_mentioned_as_signed() -> None:
    """Without a signature, there is no hint."""
    readings = read_tree(InMemory({}, (Tag(name="1.0", day=date(2024, 1, 1), signed=False),)), label="t")
    assert len(hints(readings)) == 1


def test_what_file_names_show() -> None:
    """Tests, languages, signatures and binaries are hints, never facts."""
    tree = InMemory(
        {"tests/test_a.py": "", "src/a.c": "", "dist/a.tar.gz.asc": "", "lib/a.so": "", "tests/x.c": ""}
    )
    readings = read_tree(tree, label="files")

    assert facts(readings) == {}
    assert hints(readings) == [
        "2 test files, for example tests/test_a.py",
        "files in languages that are not memory safe: C 1",
        "1 detached signature, for example dist/a.tar.gz.asc",
        "1 file with the name of a binary, for example lib/a.so",
    ]
