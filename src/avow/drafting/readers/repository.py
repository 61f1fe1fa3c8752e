"""Reads what the whole tree shows: lock files, tests, languages, tags and signatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from avow.drafting.found import MAX_SOURCE_BYTES, Document, InRepository, Notes, Pointer, Reading, Tag, Tree

__all__ = ["LOCK_FILES", "Releases", "read_lock_file", "read_tree", "releases_of", "version_of"]

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
_ECOSYSTEMS: Final = {
    "pypi": ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "requirements.txt"),
    "npm": (
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "deno.lock",
    ),
    "cargo": ("Cargo.lock",),
    "golang": ("go.sum",),
    "gem": ("Gemfile.lock",),
    "composer": ("composer.lock",),
    "nuget": ("packages.lock.json",),
    "maven": ("gradle.lockfile", "gradle/verification-metadata.xml"),
    "hex": ("mix.lock", "rebar.lock"),
    "swift": ("Package.resolved", "Podfile.lock"),
    "pub": ("pubspec.lock",),
    "native": ("conan.lock", "vcpkg.json"),
    "hackage": ("stack.yaml.lock", "cabal.project.freeze"),
}
"""The lock files of each ecosystem. flake.lock is in none: it pins tools of a build, not what is built."""

_MANIFEST_OF: Final = (
    ("pypi", re.compile(r"pyproject\.toml|setup\.py|setup\.cfg|Pipfile")),
    ("npm", re.compile(r"package\.json|deno\.jsonc?")),
    ("cargo", re.compile(r"Cargo\.toml")),
    ("golang", re.compile(r"go\.mod")),
    ("gem", re.compile(r"[\w.-]+\.gemspec|Gemfile")),
    ("composer", re.compile(r"composer\.json")),
    ("nuget", re.compile(r"[\w.-]+\.(?:sln|slnx|csproj|fsproj|vbproj)|Directory\.Build\.props")),
    ("maven", re.compile(r"pom\.xml|(?:build|settings)\.gradle(?:\.kts)?")),
    ("hex", re.compile(r"mix\.exs|rebar\.config")),
    ("swift", re.compile(r"Package\.swift|[\w.-]+\.podspec")),
    ("pub", re.compile(r"pubspec\.yaml")),
    ("native", re.compile(r"CMakeLists\.txt|configure(?:\.ac|\.in)?|meson\.build|conanfile\.\w+")),
    ("hackage", re.compile(r"[\w.-]+\.cabal|stack\.yaml")),
)
"""The manifests at the top of a repository that show which ecosystem it belongs to."""

_VERSION_TAG: Final = re.compile(
    r"(?P<prefix>(?:.*?[/_@-])?v?)(?P<version>\d+(?:[._]\d+){1,3})(?P<rest>[.+-]?\w[\w.+-]*)?"
)
_DAYS_OF_SILENCE: Final = 365
_PLAIN_PREFIXES: Final = frozenset({"", "v", "r", "rel", "release", "releases", "ver", "version", "stable"})
_NOT_FINAL: Final = re.compile(
    r"(?:^|[-_./@])(?:rc|pre|alpha|beta|dev|nightly|snapshot|test|tmp|temp|ci|canary|next|milestone|m|"
    r"preview|backup|"
    r"before|wip)(?:[-_./@]|$)",
    re.IGNORECASE,
)
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


class Releases(NamedTuple):
    """The tags of releases in the order of their days: of the project itself, and of other packages."""

    own: tuple[Tag, ...]
    others: tuple[Tag, ...]


def version_of(tag: str) -> str:
    """The version in the name of a tag, with dots; empty if there is none."""
    match = _VERSION_TAG.fullmatch(tag)
    return match["version"].replace("_", ".") if match else ""


def releases_of(tags: Iterable[Tag], *, names: frozenset[str]) -> Releases:
    """The releases; `names` are those of the project, in lower case. Other names are those of other packages.

    If no tag is plain or has the project's name, and all have one prefix, that prefix is the project's.
    """
    by_prefix: dict[str, list[Tag]] = {}
    for tag in sorted(tags, key=lambda tag: (tag.day, tag.name)):
        match = _VERSION_TAG.fullmatch(tag.name)
        if match is None or not _OF_A_RELEASE.fullmatch((match["rest"] or "final").lstrip(".+-")):
            continue
        if not _NOT_FINAL.search(match["prefix"]):
            by_prefix.setdefault(_core(match["prefix"]), []).append(tag)
    known = {_core(name) for name in names}
    own = {
        core
        for core in by_prefix
        if core in _PLAIN_PREFIXES or core in known or core.removesuffix("-parent") in known
    }
    if not own and len(by_prefix) == 1:
        own = set(by_prefix)
    return Releases(
        own=_in_order(tag for core in own for tag in by_prefix[core]),
        others=_in_order(tag for core in by_prefix.keys() - own for tag in by_prefix[core]),
    )


def _in_order(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(sorted(tags, key=lambda tag: (tag.day, tag.name)))


def _core(prefix: str) -> str:
    """The name in front of a version, without the separator, and without `v` or `release` behind one."""
    text = re.sub(r"^(?:rel|releases?|tags?)/+(?=.)", "", prefix.lower().replace("_", "-"))
    return re.sub(r"[-/@.]+(?:v|release)?[-/@.]*$", "", text).strip("-/.")


def read_lock_file(document: Document) -> Reading:
    """The list of dependencies, and whether it has digests, if enough of the file was read."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    if not document.text.strip():
        notes.leave_out("is empty", line=0)
        return notes.reading()
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


def _lock_files(files: Notes, tree: Tree) -> list[Reading]:
    """The lock file, if it is certain that it is of what the repository publishes; others are hints."""
    at_top = [path for path in tree.paths if "/" not in path]
    ecosystems = {name for name, pattern in _MANIFEST_OF if any(pattern.fullmatch(path) for path in at_top)}
    paths = set(tree.paths)
    locks = [(name, path) for name, known in _ECOSYSTEMS.items() for path in known if path in paths]
    fitting = [path for name, path in locks if not ecosystems or ecosystems == {name}]
    # it may also be what developers need, or the documentation
    fitting = [path for path in fitting if path != "requirements.txt"]
    if len({name for name, path in locks if path in fitting}) > 1:
        fitting = []
    for _, path in locks:
        if path not in fitting[:1]:
            text = f"{path} exists" + (
                " as well" if fitting else "; is it the list of what the project depends on?"
            )
            files.hint("DEP-01", text, line=0)
    return [read_lock_file(tree.read(path, max_bytes=MAX_SOURCE_BYTES)) for path in fitting[:1]]


_MANIFEST_LISTS: Final = frozenset({"requirements.txt", "vcpkg.json"})


def read_tree(tree: Tree, *, label: str, names: frozenset[str], has_package: bool) -> tuple[Reading, ...]:
    """What the tree shows besides single documents: its lock file, then everything else under `label`.

    `names` are the names of the project, in lower case; tags may have them. With `has_package`, a manifest at
    the top names what is published, so plain tags are of that.
    """
    tags, log, files = (
        Notes(Document(path=path, data=b"")) for path in ("git tags", "git log", "file names")
    )
    _tags(tags, tree, names=names, has_package=has_package)
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
    readings = _lock_files(files, tree)
    parts = [notes.reading() for notes in (tags, log, files)]
    shown_by_tree = Reading(
        label=label,
        found=tuple(item for part in parts for item in part.found),
        hints=tuple(item for part in parts for item in part.hints),
    )
    return (*readings, shown_by_tree)


def _tags(notes: Notes, tree: Tree, *, names: frozenset[str], has_package: bool) -> None:
    releases, others = releases_of(tree.tags, names=names)
    if others:
        text = f"{_count(len(others), 'version tag')} with another name, for example {others[-1].name}"
        notes.hint("REL-02", text, line=0)
    if not releases:
        return
    first, last = releases[0], releases[-1]
    # where plain tags have ended long before the others, the packages have got names since
    plain_is_old = bool(others) and (others[-1].day - last.day).days > _DAYS_OF_SILENCE
    if others and others[-1].day > last.day and (plain_is_old or not has_package):
        text = (
            f"the newest version tags are {last.name} ({last.day}) and {others[-1].name} ({others[-1].day})"
        )
        notes.hint("GOV-03", text, line=0)
    else:
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
