"""Package manifests and build files: name, version, licence and addresses as their authors stated them.

Manifests are read, never run: of those that are programs (gemspec, mix.exs, build files) only literal values
are taken. A version is no fact of a practice; it fills the scope of the draft.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree as ET

from avow.drafting.found import MAX_SOURCE_BYTES, Document, Notes, Pointer, Reading, is_placeholder, is_url
from avow.drafting.readers.foreign_yaml import outline
from avow.formats.json_strict import JsonInvalid, parse

__all__ = ["MANIFESTS", "is_manifest", "read_manifest", "web_address"]

_ADDRESS_NAMES: Final = {
    "source": "source",
    "source code": "source",
    "sourcecode": "source",
    "repository": "source",
    "code": "source",
    "github": "source",
    "gitlab": "source",
    "codeberg": "source",
    "source_code_uri": "source",
    "homepage": "url",
    "home": "url",
    "website": "url",
    "homepage_uri": "url",
    "issues": "defects",
    "bugs": "defects",
    "bug tracker": "defects",
    "issue tracker": "defects",
    "tracker": "defects",
    "bug_tracker_uri": "defects",
    "changelog": "changes",
    "changes": "changes",
    "release notes": "changes",
    "changelog_uri": "changes",
    "funding": "funding",
    "sponsor": "funding",
    "donate": "funding",
    "funding_uri": "funding",
}
_SPDX_WORDS: Final = re.compile(
    r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+()-]+)*|\([A-Za-z0-9.+ ()-]+\).*"
)
_SPDX_IDS: Final = frozenset(
    [
        "0BSD",
        "AFL-3.0",
        "AGPL-3.0-only",
        "AGPL-3.0-or-later",
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "BlueOak-1.0.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "CDDL-1.0",
        "CECILL-2.1",
        "EPL-1.0",
        "EPL-2.0",
        "EUPL-1.2",
        "GPL-2.0-only",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "MS-PL",
        "NCSA",
        "OFL-1.1",
        "OSL-3.0",
        "PSF-2.0",
        "Python-2.0",
        "Ruby",
        "UPL-1.0",
        "Unicode-3.0",
        "Unlicense",
        "Vim",
        "WTFPL",
        "X11",
        "Zlib",
        "curl",
        "libpng-2.0",
        "LLVM-exception",
        "Classpath-exception-2.0",
    ]
)
"""Ids that are carried when a manifest names them; another id, or a name such as `BSD`, is a hint."""

_SCP: Final = re.compile(
    r"(?:git\+)?(?:ssh://)?[\w.-]+@(?P<host>[\w.-]+)[:/](?P<path>[\w.~/-]+?)(?:\.git)?/?"
)
_GIT: Final = re.compile(
    r"(?:git\+|scm:git:|scm:)?(?:git|https?)://(?:[^\s/@]*@)?(?P<rest>[\w.-]+(?::\d+)?/[^\s?#]+?)(?:\.git)?/?"
)
_SHORT: Final = re.compile(r"(?:(?P<forge>github|gitlab|bitbucket):)?(?P<path>[\w.-]+/[\w.-]+)")
_FORGES: Final = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


def web_address(remote: str) -> str | None:
    """The https address of a git remote, without credentials; `None` for paths and what is no address."""
    text = remote.strip()
    if match := _GIT.fullmatch(text):
        return f"https://{match['rest']}"
    if match := _SCP.fullmatch(text):
        return f"https://{match['host']}/{match['path'].lstrip('/')}"
    return None


class _Manifest(NamedTuple):
    paths: re.Pattern[str]
    read: Callable[[_Taker], None]


class _Taker:
    """Puts the values of one manifest where they go, with the line on which they first stand."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def line(self, text: str) -> int:
        position = self.notes.document.text.find(text) if text else -1
        return self.notes.document.line_of(position) if position >= 0 else 0

    def about(self, what: Any, value: Any) -> None:
        if isinstance(value, str) and value.strip():
            self.notes.about(what, value, line=self.line(value))

    def address(self, name: str, value: Any) -> None:
        """An address under the name that its ecosystem gives it."""
        goes_to = _ADDRESS_NAMES.get(name.strip().lower())
        if not isinstance(value, str) or goes_to is None:
            return
        line = self.line(value)
        address = web_address(value) if goes_to == "source" else value.strip()
        if address is None or not is_url(address) or is_placeholder(address):
            self.notes.leave_out(f"{name} is no address that can be used", line=line)
        elif goes_to == "url":
            self.notes.about("url", address, line=line)
        elif goes_to == "source":
            self.notes.about("source", address, line=line)
            self.notes.fact("SRC-01", "vcsUrl", address, line=line)
        else:
            practice, fact = {"defects": ("VUL-07", "defectUrl"), "changes": ("REL-03", "url")}.get(
                goes_to, ("GOV-03", "fundingUrl")
            )
            self.notes.fact(practice, fact, address, line=line)

    def licence(self, value: Any) -> None:
        if not isinstance(value, str) or not value.strip():
            return
        text = value.strip()
        words = [word for word in re.split(r"[\s()]+", text) if word not in {"", "AND", "OR", "WITH"}]
        if words and all(word in _SPDX_IDS for word in words) and _SPDX_WORDS.fullmatch(text):
            self.notes.fact("LIC-01", "spdxExpression", text, line=self.line(text))
        else:
            self.notes.hint("LIC-01", f"the manifest says: {text}", line=self.line(text))

    def description(self, value: Any) -> None:
        if isinstance(value, str) and value.strip():
            self.notes.hint("DOC-01", f"described as: {value}", line=self.line(value.splitlines()[0]))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(taker: _Taker) -> dict[str, Any]:
    document = taker.notes.document
    try:
        data = document.data.removeprefix(b"\xef\xbb\xbf")
        return _object(parse(data, source=document.path, max_bytes=MAX_SOURCE_BYTES))
    except JsonInvalid as error:
        taker.notes.leave_out(error.message, line=error.line)
        return {}


def _toml(taker: _Taker) -> dict[str, Any]:
    try:
        return tomllib.loads(taker.notes.document.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        taker.notes.leave_out(f"not TOML: {str(error)[:100]}", line=0)
        return {}


def _purl(taker: _Taker, kind: str, name: str, *, namespace: str = "") -> None:
    """A purl without version. Source: purl-spec, PURL-TYPES."""
    parts = [quote(part, safe="~.-_") for part in (*namespace.split("/"), name) if part]
    purl = f"pkg:{kind}/" + "/".join(parts)
    taker.notes.about("purl", purl, line=taker.line(name))


def _pyproject(taker: _Taker) -> None:
    tables = _toml(taker)
    project = _object(tables.get("project"))
    poetry = _object(_object(tables.get("tool")).get("poetry"))
    name = project.get("name") or poetry.get("name")
    if isinstance(name, str):
        taker.about("name", name)
        _purl(taker, "pypi", re.sub(r"[-_.]+", "-", name).lower())
    taker.about("version", project.get("version") or poetry.get("version"))
    taker.description(project.get("description") or poetry.get("description"))
    licence = project.get("license") or poetry.get("license")
    taker.licence(licence.get("text") if isinstance(licence, dict) else licence)
    for table in (_object(project.get("urls")), poetry, _object(poetry.get("urls"))):
        for label, value in table.items():
            if table is not poetry or label in {"homepage", "repository"}:
                taker.address(label, value)


def _setup_cfg(taker: _Taker) -> None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(taker.notes.document.text)
    except configparser.Error as error:
        taker.notes.leave_out(f"not an INI file: {error.message}", line=0)
        return
    if not parser.has_option("metadata", "name"):
        return
    metadata = dict(parser["metadata"])
    taker.about("name", metadata["name"])
    _purl(taker, "pypi", re.sub(r"[-_.]+", "-", metadata["name"]).lower())
    version = metadata.get("version", "")
    taker.about("version", "" if version.startswith(("attr:", "file:")) else version)
    taker.licence(metadata.get("license"))
    taker.description(metadata.get("description") or metadata.get("summary"))
    taker.address("homepage", metadata.get("url"))
    for row in metadata.get("project_urls", "").splitlines():
        label, _, value = row.partition("=")
        taker.address(label, value.strip())


def _package_json(taker: _Taker) -> None:
    package = _json(taker)
    name = package.get("name")
    if package.get("private") is not True and isinstance(name, str) and name:
        taker.about("name", name)
        namespace, _, bare = name.rpartition("/")
        _purl(taker, "npm", bare, namespace=namespace)
        taker.about("version", package.get("version"))
    taker.licence(package.get("license"))
    taker.description(package.get("description"))
    repository = package.get("repository")
    source = _object(repository).get("url") or repository
    if isinstance(source, str) and (short := _SHORT.fullmatch(source)):
        source = f"https://{_FORGES[short['forge'] or 'github']}/{short['path']}"
    taker.address("repository", source)
    taker.address("homepage", package.get("homepage"))
    bugs = package.get("bugs")
    taker.address("bugs", _object(bugs).get("url") or bugs)
    funding = package.get("funding")
    taker.address("funding", _object(funding).get("url") or funding)


def _cargo(taker: _Taker) -> None:
    tables = _toml(taker)
    shared = _object(_object(tables.get("workspace")).get("package"))
    package = {
        key: value for key, value in _object(tables.get("package")).items() if not isinstance(value, dict)
    }
    merged = {**shared, **package}
    name = merged.get("name")
    if isinstance(name, str):
        taker.about("name", name)
        if merged.get("publish") is not False:
            _purl(taker, "cargo", name)
    taker.about("version", merged.get("version"))
    taker.licence(merged.get("license"))
    taker.description(merged.get("description"))
    taker.address("repository", merged.get("repository"))
    taker.address("homepage", merged.get("homepage"))


def _go(taker: _Taker) -> None:
    match = re.search(r"^module\s+\"?(?P<path>[\w.~/-]+)\"?\s*$", taker.notes.document.text, re.MULTILINE)
    if match:
        path = match["path"]
        taker.about("name", re.sub(r"/v[2-9]\d*$", "", path).rpartition("/")[2])
        namespace, _, name = path.rpartition("/")
        if path == path.lower():
            # The purl type lower-cases names; with capitals it would name another module.
            _purl(taker, "golang", name, namespace=namespace)
        if path.split("/")[0] in _FORGES.values():
            taker.notes.about("source", "https://" + "/".join(path.split("/")[:3]), line=taker.line(path))


def _xml(taker: _Taker) -> ET.Element | None:
    document = taker.notes.document
    if b"<!DOCTYPE" in document.data or b"<!ENTITY" in document.data:
        taker.notes.leave_out("XML with a document type is not read", line=0)
        return None
    try:
        return ET.fromstring(document.data)  # noqa: S314  no DTD, so no entities to expand
    except (ET.ParseError, ValueError, LookupError) as error:
        taker.notes.leave_out(f"not XML: {error}", line=0)
        return None


def _child(element: ET.Element | None, *names: str) -> str | None:
    """The text under nested names, whatever their namespace."""
    for name in names:
        element = next(
            (
                child
                for child in (element if element is not None else ())
                if child.tag.rpartition("}")[2] == name
            ),
            None,
        )
    text = element.text.strip() if element is not None and element.text else ""
    return text if text and "${" not in text else None


def _maven(taker: _Taker) -> None:
    root = _xml(taker)
    group = _child(root, "groupId") or _child(root, "parent", "groupId")
    artifact = _child(root, "artifactId")
    taker.about("name", artifact)
    if group and artifact:
        _purl(taker, "maven", artifact, namespace=group)
    version = _child(root, "version") or _child(root, "parent", "version")
    taker.about("version", "" if version and version.endswith("-SNAPSHOT") else version)
    taker.licence(_child(root, "licenses", "license", "name"))
    taker.description(_child(root, "description"))
    taker.address("homepage", _child(root, "url"))
    taker.address("source", _child(root, "scm", "url"))
    taker.address("issues", _child(root, "issueManagement", "url"))


def _gradle(taker: _Taker) -> None:
    match = re.search(r"rootProject\.name\s*=\s*['\"]([^'\"$]+)['\"]", taker.notes.document.text)
    taker.about("name", match[1] if match else None)


def _literals(taker: _Taker, pattern: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(pattern, taker.notes.document.text[:MAX_SOURCE_BYTES], re.MULTILINE):
        yield match[1], match[2]


def _gemspec(taker: _Taker) -> None:
    for key, value in _literals(
        taker, r"^[ \t]*\w+\.(name|version|licenses?|homepage|summary)\s*=\s*\[?\s*[\"']([^\"'#]+)[\"']"
    ):
        match key:
            case "name":
                taker.about("name", value)
                _purl(taker, "gem", value)
            case "version":
                taker.about("version", value)
            case "homepage":
                taker.address("homepage", value)
            case "summary":
                taker.description(value)
            case _:
                taker.licence(value)
    for key, value in _literals(taker, r"[\"'](\w+_uri)[\"']\s*\]?\s*=>?\s*[\"']([^\"'#]+)[\"']"):
        taker.address(key, value)


def _composer(taker: _Taker) -> None:
    package = _json(taker)
    name = package.get("name")
    if isinstance(name, str) and re.fullmatch(r"[a-z0-9._-]+/[a-z0-9._-]+", name):
        taker.about("name", name)
        namespace, _, bare = name.partition("/")
        _purl(taker, "composer", bare, namespace=namespace)
    taker.about("version", package.get("version"))
    taker.licence(package.get("license"))
    taker.description(package.get("description"))
    taker.address("homepage", package.get("homepage"))
    support = _object(package.get("support"))
    taker.address("source", support.get("source"))
    taker.address("issues", support.get("issues"))


def _dotnet(taker: _Taker) -> None:
    root = _xml(taker)
    groups = [
        group
        for group in (root if root is not None else ())
        if group.tag.rpartition("}")[2] == "PropertyGroup"
    ]
    values = {child.tag.rpartition("}")[2]: (child.text or "").strip() for group in groups for child in group}
    values = {key: value for key, value in values.items() if "$(" not in value}
    if values.get("PackageId"):
        taker.about("name", values["PackageId"])
        _purl(taker, "nuget", values["PackageId"])
        taker.about("version", values.get("Version"))
    taker.licence(values.get("PackageLicenseExpression"))
    taker.address("repository", values.get("RepositoryUrl"))
    taker.address("homepage", values.get("PackageProjectUrl"))


def _mix(taker: _Taker) -> None:
    text = taker.notes.document.text
    app = re.search(r"\bapp:\s*:(\w+)", text)
    if app:
        taker.about("name", app[1])
        if re.search(r"\bpackage:\s", text):
            _purl(taker, "hex", app[1])
    for key, value in _literals(taker, r"\b(version|source_url|homepage_url):\s*\"([^\"#]+)\""):
        if key == "version":
            taker.about("version", value)
        else:
            taker.address("source" if key == "source_url" else "homepage", value)
    licences = re.search(r"\blicenses:\s*\[\s*\"([^\"#]+)\"\s*\]", text)
    taker.licence(licences[1] if licences else None)


def _swift(taker: _Taker) -> None:
    match = re.search(r"\bPackage\(\s*name:\s*\"([^\"\\]+)\"", taker.notes.document.text)
    taker.about("name", match[1] if match else None)


def _autotools(taker: _Taker) -> None:
    match = re.search(r"\bAC_INIT\(([^)]{1,2000})\)", taker.notes.document.text)
    if match is None:
        return
    fields = [field.strip().strip("[]").strip() for field in match[1].split(",")]
    fields = ["" if re.search(r"m4_|\$|\[", field) else field for field in fields] + [""] * 5
    taker.about("name", fields[0])
    taker.about("version", fields[1])
    if is_url(fields[2]):
        taker.address("issues", fields[2])
    if is_url(fields[4]):
        taker.address("homepage", fields[4])


def _cmake(taker: _Taker) -> None:
    match = re.search(
        r"^[ \t]*project\s*\(\s*\"?([\w.+-]+)\"?([^)]{0,2000})\)",
        taker.notes.document.text,
        re.IGNORECASE | re.MULTILINE,
    )
    if match is None:
        return
    taker.about("name", match[1])
    version = re.search(r"\bVERSION\s+\"?([\w.+-]+)", match[2])
    taker.about("version", version[1] if version else None)
    homepage = re.search(r"\bHOMEPAGE_URL\s+\"?(https?://[^\s\"]+)", match[2])
    taker.address("homepage", homepage[1] if homepage else None)


def _meson(taker: _Taker) -> None:
    match = re.search(
        r"^[ \t]*project\s*\(\s*'([^']+)'(.{0,3000})", taker.notes.document.text, re.MULTILINE | re.DOTALL
    )
    if match is None:
        return
    taker.about("name", match[1])
    rest = match[2]
    version = re.search(r"\bversion\s*:\s*'([^'@]+)'", rest)
    taker.about("version", version[1] if version else None)
    licence = re.search(r"\blicense\s*:\s*\[?\s*'([^']+)'\s*[\],)\n]", rest)
    taker.licence(licence[1] if licence else None)


def _pubspec(taker: _Taker) -> None:
    root = outline(taker.notes.document).root
    values = {key: node.text for key, node in root.members.items()}
    if values.get("name"):
        taker.about("name", values["name"])
        if values.get("publish_to") != "none":
            _purl(taker, "pub", values["name"] or "")
    taker.about("version", values.get("version"))
    taker.description(values.get("description"))
    taker.address("homepage", values.get("homepage"))
    taker.address("repository", values.get("repository"))
    taker.address("issues", values.get("issue_tracker"))


def _cabal(taker: _Taker) -> None:
    for key, value in _literals(taker, r"^(name|version|license|homepage|bug-reports)\s*:\s*(\S[^\n]*)$"):
        match key:
            case "name":
                taker.about("name", value)
                _purl(taker, "hackage", value.strip())
            case "version":
                taker.about("version", value)
            case "license":
                taker.licence(value)
            case "homepage":
                taker.address("homepage", value)
            case _:
                taker.address("issues", value)


def _manifest(pattern: str, read: Callable[[_Taker], None]) -> _Manifest:
    return _Manifest(re.compile(pattern), read)


_MANIFESTS: Final = (
    _manifest(r"pyproject\.toml", _pyproject),
    _manifest(r"setup\.cfg", _setup_cfg),
    _manifest(r"package\.json", _package_json),
    _manifest(r"Cargo\.toml", _cargo),
    _manifest(r"go\.mod", _go),
    _manifest(r"pom\.xml", _maven),
    _manifest(r"settings\.gradle(?:\.kts)?", _gradle),
    _manifest(r"[\w.-]+\.gemspec", _gemspec),
    _manifest(r"composer\.json", _composer),
    _manifest(r"(?:src/)?(?:[\w.-]+/)?[\w.-]+\.(?:cs|fs|vb)proj|Directory\.Build\.props", _dotnet),
    _manifest(r"mix\.exs", _mix),
    _manifest(r"Package\.swift", _swift),
    _manifest(r"pubspec\.yaml", _pubspec),
    _manifest(r"[\w.-]+\.cabal", _cabal),
    _manifest(r"configure\.(?:ac|in)", _autotools),
    _manifest(r"meson\.build", _meson),
    _manifest(r"CMakeLists\.txt", _cmake),
)

MANIFESTS: Final = re.compile("|".join(f"(?:{manifest.paths.pattern})" for manifest in _MANIFESTS))


def _reader_of(document: Document) -> Callable[[_Taker], None] | None:
    return next(
        (m.read for m in _MANIFESTS if m.paths.fullmatch(document.path) or m.paths.fullmatch(document.name)),
        None,
    )


def is_manifest(document: Document) -> bool:
    """The file has the name of a manifest and is text."""
    return _reader_of(document) is not None and document.is_text


def read_manifest(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """What one manifest states about its project."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    reader = _reader_of(document)
    if reader is None or not document.complete:
        notes.leave_out("is longer than what is read of a manifest", line=0)
    else:
        reader(_Taker(notes))
    return notes.reading()
