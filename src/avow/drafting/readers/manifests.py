"""Reads package manifests and build files: name, version, licence and URLs as the authors stated them.

Manifests are read, never run. Of those that are programs (gemspec, mix.exs, build files), only literal values
are used. The version is not a fact of a practice; it helps to fill in the scope of the draft.
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

_INACTIVE: Final = "Development Status :: 7 - Inactive"
"""Source: the list of classifiers of the Python Package Index."""

_ENDED_BADGES: Final = ("deprecated", "looking-for-maintainer")
"""Source: The Cargo Book, "The [badges] section"; other words do not say that nobody maintains the crate."""

_MAX_TOML_WORK: Final = 10_000_000
"""tomllib spends the square of the number of parts on a dotted key: 0.1 s here, a minute for 240 kB."""

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
"""Ids that become facts if a manifest uses them; any other id, or a name such as `BSD`, is a hint."""

_SCP: Final = re.compile(
    r"(?:git\+)?(?:ssh://)?[\w.-]+@(?P<host>[\w.-]+)[:/](?P<path>[\w.~/-]+?)(?:\.git)?/?"
)
_GIT: Final = re.compile(
    r"(?:git\+|scm:git:|scm:)?(?:git|https?)://(?:[^\s/@]*@)?(?P<rest>[\w.-]+(?::\d+)?/[^\s?#]+?)(?:\.git)?/?"
)
_SHORT: Final = re.compile(r"(?:(?P<forge>github|gitlab|bitbucket):)?(?P<path>[\w.-]+/[\w.-]+)")
_FORGES: Final = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


def web_address(remote: str) -> str | None:
    """The https URL of a git remote, without credentials; `None` for anything that is not a URL."""
    text = remote.strip()
    if match := _GIT.fullmatch(text):
        return f"https://{match['rest']}"
    if match := _SCP.fullmatch(text):
        return f"https://{match['host']}/{match['path'].lstrip('/')}"
    return None


class _Manifest(NamedTuple):
    paths: re.Pattern[str]
    read: Callable[[_Collector], None]


class _Collector:
    """Collects the values of one manifest, each with the first line on which it occurs."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def line(self, text: str) -> int:
        position = self.notes.document.text.find(text) if text else -1
        return self.notes.document.line_of(position) if position >= 0 else 0

    def about(self, what: Any, value: Any) -> None:
        if isinstance(value, str) and value.strip():
            self.notes.about(what, value, line=self.line(value))

    def address(self, name: str, value: Any) -> None:
        """Collect a URL; `name` is its name in the ecosystem."""
        goes_to = _ADDRESS_NAMES.get(name.strip().lower())
        if not isinstance(value, str) or goes_to is None:
            return
        line = self.line(value)
        address = web_address(value) if goes_to == "source" else value.strip()
        if address is None or not is_url(address) or is_placeholder(address):
            self.notes.leave_out(f"{name} is not a usable URL", line=line)
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


def _json(collector: _Collector) -> dict[str, Any]:
    document = collector.notes.document
    try:
        data = document.data.removeprefix(b"\xef\xbb\xbf")
        return _object(parse(data, source=document.path, max_bytes=MAX_SOURCE_BYTES))
    except JsonInvalid as error:
        collector.notes.leave_out(error.message, line=error.line)
        return {}


def _toml(collector: _Collector) -> dict[str, Any]:
    text = collector.notes.document.text
    if sum(line.count(".") ** 2 for line in text.split("\n")) > _MAX_TOML_WORK:
        collector.notes.leave_out("not read: has lines with thousands of dots", line=0)
        return {}
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number with thousands of digits
        collector.notes.leave_out(f"not valid TOML: {str(error)[:100]}", line=0)
        return {}


def _purl(collector: _Collector, kind: str, name: str, *, namespace: str = "") -> None:
    """Collect the purl, without a version. Source: purl-spec, PURL-TYPES."""
    parts = [quote(part, safe="~.-_") for part in (*namespace.split("/"), name) if part]
    purl = f"pkg:{kind}/" + "/".join(parts)
    collector.notes.about("purl", purl, line=collector.line(name))


def _pyproject(collector: _Collector) -> None:
    tables = _toml(collector)
    project = _object(tables.get("project"))
    poetry = _object(_object(tables.get("tool")).get("poetry"))
    name = project.get("name") or poetry.get("name")
    if isinstance(name, str):
        collector.about("name", name)
        _purl(collector, "pypi", re.sub(r"[-_.]+", "-", name).lower())
    collector.about("version", project.get("version") or poetry.get("version"))
    classifiers = project.get("classifiers") or poetry.get("classifiers")
    if isinstance(classifiers, list) and _INACTIVE in classifiers:
        collector.notes.end(f"has the classifier {_INACTIVE}", line=collector.line(_INACTIVE))
    collector.description(project.get("description") or poetry.get("description"))
    licence = project.get("license") or poetry.get("license")
    collector.licence(licence.get("text") if isinstance(licence, dict) else licence)
    for table in (_object(project.get("urls")), poetry, _object(poetry.get("urls"))):
        for label, value in table.items():
            if table is not poetry or label in {"homepage", "repository"}:
                collector.address(label, value)


def _setup_cfg(collector: _Collector) -> None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(collector.notes.document.text)
    except configparser.Error as error:
        collector.notes.leave_out(f"not a valid INI file: {error.message}", line=0)
        return
    if not parser.has_option("metadata", "name"):
        return
    metadata = dict(parser["metadata"])
    collector.about("name", metadata["name"])
    _purl(collector, "pypi", re.sub(r"[-_.]+", "-", metadata["name"]).lower())
    version = metadata.get("version", "")
    collector.about("version", "" if version.startswith(("attr:", "file:")) else version)
    collector.licence(metadata.get("license"))
    collector.description(metadata.get("description") or metadata.get("summary"))
    collector.address("homepage", metadata.get("url"))
    for line in metadata.get("project_urls", "").splitlines():
        label, _, value = line.partition("=")
        collector.address(label, value.strip())


def _package_json(collector: _Collector) -> None:
    package = _json(collector)
    name = package.get("name")
    if package.get("private") is not True and package.get("version") and isinstance(name, str) and name:
        # npm publishes no package without a version; such a file only lists tools
        collector.about("name", name)
        namespace, _, bare = name.rpartition("/")
        _purl(collector, "npm", bare, namespace=namespace)
        collector.about("version", package.get("version"))
    if package.get("deprecated"):
        collector.notes.end("is deprecated in package.json", line=collector.line('"deprecated"'))
    collector.licence(package.get("license"))
    collector.description(package.get("description"))
    repository = package.get("repository")
    source = _object(repository).get("url") or repository
    if isinstance(source, str) and (short := _SHORT.fullmatch(source)):
        source = f"https://{_FORGES[short['forge'] or 'github']}/{short['path']}"
    collector.address("repository", source)
    collector.address("homepage", package.get("homepage"))
    bugs = package.get("bugs")
    collector.address("bugs", _object(bugs).get("url") or bugs)
    funding = package.get("funding")
    collector.address("funding", _object(funding).get("url") or funding)


def _cargo(collector: _Collector) -> None:
    tables = _toml(collector)
    shared = _object(_object(tables.get("workspace")).get("package"))
    package = {
        key: value for key, value in _object(tables.get("package")).items() if not isinstance(value, dict)
    }
    merged = {**shared, **package}
    name = merged.get("name")
    if isinstance(name, str):
        collector.about("name", name)
        if merged.get("publish") is not False:
            _purl(collector, "cargo", name)
    collector.about("version", merged.get("version"))
    badge = _object(_object(tables.get("badges")).get("maintenance")).get("status")
    if badge in _ENDED_BADGES:
        collector.notes.end(f"has the maintenance badge {badge}", line=collector.line("maintenance"))
    collector.licence(merged.get("license"))
    collector.description(merged.get("description"))
    collector.address("repository", merged.get("repository"))
    collector.address("homepage", merged.get("homepage"))


def _go(collector: _Collector) -> None:
    match = re.search(r"^module\s+\"?(?P<path>[\w.~/-]+)\"?\s*$", collector.notes.document.text, re.MULTILINE)
    if match:
        path = match["path"]
        collector.about("name", re.sub(r"/v[2-9]\d*$", "", path).rpartition("/")[2])
        namespace, _, name = path.rpartition("/")
        if path == path.lower():
            # This purl type lower-cases names, so a path with capitals would become another module.
            _purl(collector, "golang", name, namespace=namespace)
        if path.split("/")[0] in _FORGES.values():
            collector.notes.about(
                "source", "https://" + "/".join(path.split("/")[:3]), line=collector.line(path)
            )


def _xml(collector: _Collector) -> ET.Element | None:
    document = collector.notes.document
    if b"<!DOCTYPE" in document.data or b"<!ENTITY" in document.data:
        collector.notes.leave_out("not read: XML with a document type declaration", line=0)
        return None
    try:
        return ET.fromstring(document.data)  # noqa: S314  no DTD, so no entities to expand
    except (ET.ParseError, ValueError, LookupError) as error:
        collector.notes.leave_out(f"not valid XML: {error}", line=0)
        return None


def _child(element: ET.Element | None, *names: str) -> str | None:
    """The text under nested names, in any namespace."""
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


def _children(element: ET.Element | None, group: str, name: str) -> list[ET.Element]:
    """The elements `name` in the elements `group`, in any namespace."""
    return [
        child
        for parent in (element if element is not None else ())
        if parent.tag.rpartition("}")[2] == group
        for child in parent
        if child.tag.rpartition("}")[2] == name
    ]


def _maven(collector: _Collector) -> None:
    root = _xml(collector)
    group = _child(root, "groupId") or _child(root, "parent", "groupId")
    artifact = _child(root, "artifactId")
    is_parent = _child(root, "packaging") == "pom"
    if not is_parent:
        collector.about("name", artifact)
    # nobody depends on a parent, but on one of its modules, and only a person knows which is meant
    if group and artifact and not is_parent:
        _purl(collector, "maven", artifact, namespace=group)
    version = _child(root, "version") or _child(root, "parent", "version")
    collector.about("version", "" if version and version.endswith("-SNAPSHOT") else version)
    licences = [_child(each, "name") for each in _children(root, "licenses", "license")]
    if len(licences) == 1:
        collector.licence(licences[0])
    elif licences:
        names = ", ".join(name or "without a name" for name in licences)
        collector.notes.hint(
            "LIC-01", f"the manifest lists several: {names}", line=collector.line("<licenses>")
        )
    collector.description(_child(root, "description"))
    collector.address("homepage", _child(root, "url"))
    collector.address("source", _child(root, "scm", "url"))
    collector.address("issues", _child(root, "issueManagement", "url"))


def _gradle(collector: _Collector) -> None:
    match = re.search(r"rootProject\.name\s*=\s*['\"]([^'\"$]+)['\"]", collector.notes.document.text)
    collector.about("name", match[1] if match else None)


def _literals(collector: _Collector, pattern: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(pattern, collector.notes.document.text[:MAX_SOURCE_BYTES], re.MULTILINE):
        yield match[1], match[2]


def _gemspec(collector: _Collector) -> None:
    for key, value in _literals(
        collector,
        r"^[ \t]*\w+\.(name|version|licenses?|homepage|summary)\s*=\s*\[?\s*[\"']([^\"'#]+)[\"'](?!\s*,)",
    ):
        match key:
            case "name":
                collector.about("name", value)
                _purl(collector, "gem", value)
            case "version":
                collector.about("version", value)
            case "homepage":
                collector.address("homepage", value)
            case "summary":
                collector.description(value)
            case _:
                collector.licence(value)
    for key, value in _literals(collector, r"[\"'](\w+_uri)[\"']\s*\]?\s*=>?\s*[\"']([^\"'#]+)[\"']"):
        collector.address(key, value)


def _composer(collector: _Collector) -> None:
    package = _json(collector)
    name = package.get("name")
    if isinstance(name, str) and re.fullmatch(r"[a-z0-9._-]+/[a-z0-9._-]+", name):
        collector.about("name", name)
        namespace, _, bare = name.partition("/")
        _purl(collector, "composer", bare, namespace=namespace)
    collector.about("version", package.get("version"))
    if package.get("abandoned"):
        collector.notes.end("is abandoned in composer.json", line=collector.line('"abandoned"'))
    collector.licence(package.get("license"))
    collector.description(package.get("description"))
    collector.address("homepage", package.get("homepage"))
    support = _object(package.get("support"))
    collector.address("source", support.get("source"))
    collector.address("issues", support.get("issues"))


def _dotnet(collector: _Collector) -> None:
    root = _xml(collector)
    groups = [
        group
        for group in (root if root is not None else ())
        if group.tag.rpartition("}")[2] == "PropertyGroup"
    ]
    values = {child.tag.rpartition("}")[2]: (child.text or "").strip() for group in groups for child in group}
    values = {key: value for key, value in values.items() if "$(" not in value}
    if values.get("PackageId"):
        collector.about("name", values["PackageId"])
        _purl(collector, "nuget", values["PackageId"])
        collector.about("version", values.get("Version"))
    collector.licence(values.get("PackageLicenseExpression"))
    collector.address("repository", values.get("RepositoryUrl"))
    collector.address("homepage", values.get("PackageProjectUrl"))


def _mix(collector: _Collector) -> None:
    text = collector.notes.document.text
    app = re.search(r"\bapp:\s*:(\w+)", text)
    if app:
        collector.about("name", app[1])
        if re.search(r"\bpackage:\s", text):
            _purl(collector, "hex", app[1])
    for key, value in _literals(collector, r"\b(version|source_url|homepage_url):\s*\"([^\"#]+)\""):
        if key == "version":
            collector.about("version", value)
        else:
            collector.address("source" if key == "source_url" else "homepage", value)
    licences = re.search(r"\blicenses:\s*\[\s*\"([^\"#]+)\"\s*\]", text)
    collector.licence(licences[1] if licences else None)


def _swift(collector: _Collector) -> None:
    match = re.search(r"\bPackage\(\s*name:\s*\"([^\"\\]+)\"", collector.notes.document.text)
    collector.about("name", match[1] if match else None)


def _autotools(collector: _Collector) -> None:
    match = re.search(r"\bAC_INIT\(([^)]{1,2000})\)", collector.notes.document.text)
    if match is None:
        return
    fields = [field.strip().strip("[]").strip() for field in match[1].split(",")]
    fields = ["" if re.search(r"m4_|\$|\[", field) else field for field in fields] + [""] * 5
    collector.about("name", fields[0])
    collector.about("version", fields[1])
    if is_url(fields[2]):
        collector.address("issues", fields[2])
    if is_url(fields[4]):
        collector.address("homepage", fields[4])


def _cmake(collector: _Collector) -> None:
    match = re.search(
        r"^[ \t]*project\s*\(\s*\"?([\w.+-]+)\"?([^)]{0,2000})\)",
        collector.notes.document.text,
        re.IGNORECASE | re.MULTILINE,
    )
    if match is None:
        return
    collector.about("name", match[1])
    version = re.search(r"\bVERSION\s+\"?([\w.+-]+)", match[2])
    collector.about("version", version[1] if version else None)
    homepage = re.search(r"\bHOMEPAGE_URL\s+\"?(https?://[^\s\"]+)", match[2])
    collector.address("homepage", homepage[1] if homepage else None)


def _meson(collector: _Collector) -> None:
    match = re.search(
        r"^[ \t]*project\s*\(\s*'([^']+)'(.{0,3000})", collector.notes.document.text, re.MULTILINE | re.DOTALL
    )
    if match is None:
        return
    collector.about("name", match[1])
    rest = match[2]
    version = re.search(r"\bversion\s*:\s*'([^'@]+)'", rest)
    collector.about("version", version[1] if version else None)
    licence = re.search(r"\blicense\s*:\s*(?:\[\s*'([^']+)'\s*\]|'([^']+)'\s*[,)\n])", rest)
    collector.licence((licence[1] or licence[2]) if licence else None)


def _pubspec(collector: _Collector) -> None:
    root = outline(collector.notes.document).root
    values = {key: node.text for key, node in root.members.items()}
    if values.get("name"):
        collector.about("name", values["name"])
        if values.get("publish_to") != "none":
            _purl(collector, "pub", values["name"] or "")
    collector.about("version", values.get("version"))
    collector.description(values.get("description"))
    collector.address("homepage", values.get("homepage"))
    collector.address("repository", values.get("repository"))
    collector.address("issues", values.get("issue_tracker"))


def _cabal(collector: _Collector) -> None:
    for key, value in _literals(collector, r"^(name|version|license|homepage|bug-reports)\s*:\s*(\S[^\n]*)$"):
        match key:
            case "name":
                collector.about("name", value)
                _purl(collector, "hackage", value.strip())
            case "version":
                collector.about("version", value)
            case "license":
                collector.licence(value)
            case "homepage":
                collector.address("homepage", value)
            case _:
                collector.address("issues", value)


def _manifest(pattern: str, read: Callable[[_Collector], None]) -> _Manifest:
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
    _manifest(
        r"(?!(?:.*[/.-])?(?i:tests?|samples?|examples?|bench\w*|"
        r"tools?)[/.-])(?:src/)?(?:[\w.-]+/)?[\w.-]+\.(?:cs|fs|vb)proj|Directory\.Build\.props",
        _dotnet,
    ),
    _manifest(r"mix\.exs", _mix),
    _manifest(r"Package\.swift", _swift),
    _manifest(r"pubspec\.yaml", _pubspec),
    _manifest(r"[\w.-]+\.cabal", _cabal),
    _manifest(r"configure\.(?:ac|in)", _autotools),
    _manifest(r"meson\.build", _meson),
    _manifest(r"CMakeLists\.txt", _cmake),
)

MANIFESTS: Final = re.compile("|".join(f"(?:{manifest.paths.pattern})" for manifest in _MANIFESTS))


def _reader_of(document: Document) -> Callable[[_Collector], None] | None:
    return next(
        (m.read for m in _MANIFESTS if m.paths.fullmatch(document.path) or m.paths.fullmatch(document.name)),
        None,
    )


def is_manifest(document: Document) -> bool:
    """The file has the name of a manifest and is text."""
    return _reader_of(document) is not None and document.is_text


def read_manifest(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """What one manifest says about its project."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    reader = _reader_of(document)
    if reader is None or not document.complete:
        notes.leave_out("is too long for a manifest, so it is not read", line=0)
    else:
        reader(_Collector(notes))
    return notes.reading()
