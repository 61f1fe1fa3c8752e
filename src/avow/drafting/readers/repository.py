"""Reads what the whole tree shows: lock files, tests, languages, tags and signatures."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from avow.drafting.found import MAX_SOURCE_BYTES, Document, InRepository, Notes, Pointer, Reading, Tree

__all__ = ["LOCK_FILES", "read_lock_file", "read_tree"]

# The name of each lock file, and the pattern of a package digest in it.
LOCK_FILES: Final = {
    "uv.lock": r"hash = \"sha256:",
    "poetry.lock": r"hash = \"sha256:",
    "pdm.lock": r"hash = \"sha256:",
    "pylock.toml": r"sha256 = \"",
    "Pipfile.lock": r"\"sha256:",
    "requirements.txt": r"--hash=sha",
    "package-lock.json": r"\"integrity\": \"sha",
    "npm-shrinkwrap.json": r"\"integrity\": \"sha",
    "yarn.lock": r"integrity sha|checksum: ",
    "pnpm-lock.yaml": r"integrity: sha",
    "bun.lock": r"sha512-",
    "deno.lock": r"\"integrity\": \"",
    "Cargo.lock": r"checksum = \"",
    "go.sum": r" h1:",
    "Gemfile.lock": r"^CHECKSUMS|sha256=",
    "composer.lock": r"\"shasum\": \"[0-9a-f]{40}",
    "packages.lock.json": r"\"contentHash\": \"",
    "gradle.lockfile": r"(?!)",
    "gradle/verification-metadata.xml": r"<sha(?:256|512) ",
    "mix.lock": r"\"[0-9a-f]{64}\"",
    "rebar.lock": r"<<\"[0-9A-F]{64}\">>",
    "Package.resolved": r"(?!)",
    "pubspec.lock": r"sha256: ",
    "conan.lock": r"(?!)",
    "vcpkg.json": r"(?!)",
    "flake.lock": r"\"narHash\": \"",
    "stack.yaml.lock": r"sha256: ",
    "cabal.project.freeze": r"(?!)",
    "Podfile.lock": r"^SPEC CHECKSUMS:",
}
_VERSION_TAG: Final = re.compile(r"(?:.*[/_-])?v?\d+(?:[._]\d+){1,3}(?P<rest>[.+-]?\w[\w.+-]*)?")
_OF_A_RELEASE: Final = re.compile(r"(?:post|p|r|final|release|ga)[.-]?\d*", re.IGNORECASE)
"""What may follow the numbers of a release; anything else is a pre-release or a moving tag."""
_SIGNATURE: Final = re.compile(r".+\.(?:asc|sig|sigstore|sigstore\.json|minisig)")
_TESTS: Final = re.compile(
    r"(?:.*/)?(?:tests?|spec|specs|testing|__tests__|t)/.+|"
    r"(?:.*/)?(?:test_[^/]+\.py|[^/]+_test\.(?:go|py|dart|cc)|[^/]+\.(?:test|spec)\.[jt]sx?)"
)
_LANGUAGES: Final = {
    "c": "C", "h": "C or C++ headers", "cc": "C++", "cpp": "C++", "cxx": "C++", "hpp": "C++",
    "m": "Objective-C", "s": "assembly", "asm": "assembly", "zig": "Zig", "f90": "Fortran", "pyx": "Cython",
}  # fmt: skip
"""Languages that are not memory safe. Source: TST-03, `implementedMeans`."""


def read_lock_file(document: Document) -> Reading:
    """The list of dependencies, and whether it has digests, if enough of the file was read."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    pattern = LOCK_FILES.get(document.path) or LOCK_FILES[document.name]
    digest = re.search(pattern, document.text, re.MULTILINE)
    notes.fact("DEP-01", "url", InRepository(path=document.path), line=1)
    notes.fact(
        "DEP-01",
        "format",
        "manifest" if document.name in _MANIFEST_LISTS and not digest else "lockfile",
        line=1,
    )
    if digest is not None or document.complete:
        line = document.line_of(digest.start()) if digest else 1
        notes.fact("DEP-01", "hasDigests", digest is not None, line=line)
    return notes.reading()


_MANIFEST_LISTS: Final = frozenset({"requirements.txt", "vcpkg.json"})


def read_tree(tree: Tree, *, label: str) -> tuple[Reading, ...]:
    """What the tree shows besides single documents: its lock file, then everything else under `label`."""
    tags, log, files = (
        Notes(Document(path=path, data=b"")) for path in ("git tags", "git log", "file names")
    )
    _tags(tags, tree)
    if tree.last_commit is not None:
        log.fact("GOV-03", "lastCommit", tree.last_commit.isoformat(), line=0)
    tests = [path for path in tree.paths if _TESTS.fullmatch(path)]
    if tests:
        files.hint("TST-01", f"{_count(len(tests), 'test file')}, for example {tests[0]}", line=0)
    _languages(files, tree)
    signatures = [path for path in tree.paths if _SIGNATURE.fullmatch(path)]
    if signatures:
        files.hint(
            "REL-04", f"{_count(len(signatures), 'detached signature')}, for example {signatures[0]}", line=0
        )
    _binaries(files, tree)
    paths = set(tree.paths)
    locks = [name for name in LOCK_FILES if name in paths]
    readings = [read_lock_file(tree.read(name, max_bytes=MAX_SOURCE_BYTES)) for name in locks[:1]]
    for other in locks[1:]:
        files.hint("DEP-01", f"{other} exists as well", line=0)
    parts = [notes.reading() for notes in (tags, log, files)]
    shown_by_tree = Reading(
        label=label,
        found=tuple(item for part in parts for item in part.found),
        hints=tuple(item for part in parts for item in part.hints),
    )
    return (*readings, shown_by_tree)


def _tags(notes: Notes, tree: Tree) -> None:
    releases = []
    for tag in sorted(tree.tags, key=lambda tag: (tag.day, tag.name)):
        match = _VERSION_TAG.fullmatch(tag.name)
        if match and _OF_A_RELEASE.fullmatch((match["rest"] or "final").lstrip(".+-")):
            releases.append(tag)
    if not releases:
        return
    first, last = releases[0], releases[-1]
    notes.fact("GOV-03", "lastRelease", last.day.isoformat(), line=0)
    text = (
        f"{_count(len(releases), 'version tag')}, from {first.name} ({first.day}) to {last.name} ({last.day})"
    )
    notes.hint("REL-02", text, line=0)
    signed = sum(tag.signed for tag in releases)
    if signed:
        text = f"signed version tags: {signed} of {len(releases)}; the signatures were not checked"
        notes.hint("REL-04", text, line=0)


def _languages(notes: Notes, tree: Tree) -> None:
    extensions = Counter(
        _LANGUAGES[extension]
        for path in tree.paths
        if (extension := path.rpartition(".")[2].lower()) in _LANGUAGES and not _TESTS.fullmatch(path)
    )
    if extensions:
        text = ", ".join(f"{name} {count}" for name, count in extensions.most_common(4))
        notes.hint("TST-03", f"files in languages that are not memory safe: {text}", line=0)


_BINARY: Final = re.compile(
    r".+\.(?:exe|dll|so|dylib|a|lib|o|jar|class|pyc|wasm|whl|war|nupkg|deb|rpm|apk|msi|bin)", re.IGNORECASE
)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _binaries(notes: Notes, tree: Tree) -> None:
    binaries = [path for path in tree.paths if _BINARY.fullmatch(path)]
    if binaries:
        notes.hint(
            "SRC-05",
            f"{_count(len(binaries), 'file')} with the name of a binary, for example {binaries[0]}",
            line=0,
        )
