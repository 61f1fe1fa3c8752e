"""Package URLs in canonical form; any other spelling is refused, and the error names the canonical one.

`read_purl` alone is lenient: it reads what real SBOMs have, for looking packages up.

Source: purl-spec, PURL-SPECIFICATION.rst and the type definitions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote

from avow.values import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

_Entry = TypeVar("_Entry")

KEPT_PURLS: Final = 20_000
"""Purls that are kept once read: each step of a survey asks for them again, and SBOMs repeat them."""

MAX_PURL_CHARACTERS: Final = 2048
"""Longer purls are refused; the longest in real SBOMs have a few hundred characters of qualifiers."""

LOCAL_TYPES: Final = frozenset({"generic", "yocto", "swid", "local"})
"""Types that name a package of no registry."""

DISCRIMINATING_QUALIFIERS: Final = ("repository_url", "download_url", "vcs_url")
"""The origin of a package is part of its identity: equal names in two registries are two components."""

_LOWER_BOTH: Final = frozenset(
    {"alpm", "apk", "bitbucket", "composer", "deb", "docker", "github", "gitlab", "golang", "hex"}
    | {"luarocks", "npm"}
)
_LOWER_NAMESPACE: Final = _LOWER_BOTH | {"qpkg", "rpm"}
_LOWER_NAME: Final = _LOWER_BOTH | {"bitnami", "conda", "oci", "otp", "pub", "pypi"}
_NO_NAMESPACE: Final = frozenset(
    {"bitnami", "cargo", "cocoapods", "conda", "cran", "gem", "hackage", "mlflow", "nuget", "oci", "pub"}
    | {"pypi"}
)
_CASE_SENSITIVE: Final = frozenset({"golang", "npm"})
"""Go modules and some old npm packages differ only in case: a lower-case name is that of another one."""

_ANOTHER: Final = dict.fromkeys(
    _CASE_SENSITIVE,
    "; the lower-case name may belong to a different package; check before you use it",
)
_SLASHED: Final = re.compile(r"(pkg:(?:npm|golang|github)/[^@?#]*|pkg:npm/@[^@?#]*)%2[Ff]", re.IGNORECASE)
"""A name of these types has no slash, so an encoded one stands between namespace and name."""

_NPM: Final = re.compile(r"@([a-z0-9._~-]+/[a-z0-9._~-]+(?:@[^@/]+)?)")
_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)")
"""How package managers write a component: npm's scope, pip's pinned version."""

_SEGMENT = r"(?:[A-Za-z0-9._~:-]|%[0-9A-F]{2})+"
_VALUE = r"(?:[A-Za-z0-9._~:/-]|%[0-9A-F]{2})+"
_PAIR = rf"[a-z][a-z0-9._-]*={_VALUE}"
_PURL = re.compile(
    rf"pkg:(?P<type>[a-z][a-z0-9.-]*)/(?P<path>{_SEGMENT}(?:/{_SEGMENT})*)(?:@(?P<version>{_SEGMENT}))?"
    rf"(?:\?(?P<qualifiers>{_PAIR}(?:&{_PAIR})*))?(?:#(?P<subpath>{_SEGMENT}(?:/{_SEGMENT})*))?"
)
_PRINTABLE = re.compile(r"[ -~]+")
_LOOSE = re.compile(
    r"pkg:/*(?P<type>[a-z][a-z0-9.+-]*)/+(?P<path>[^?#]*)(?:\?(?P<qualifiers>[^#]*))?(?:#(?P<subpath>.*))?",
    re.IGNORECASE | re.ASCII,
)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class PurlInvalid(ValueError):
    """The text is not a purl in canonical form; `fix` is the canonical spelling if there is exactly one."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class Purl(Frozen):
    """A package URL that was given in canonical form; its fields are percent-decoded ASCII."""

    type: str
    namespace: str | None
    name: str
    version: str | None
    qualifiers: tuple[tuple[str, str], ...]
    subpath: str | None
    text: str
    """The canonical spelling, as given."""

    def __str__(self) -> str:
        return self.text

    def qualifier(self, key: str) -> str | None:
        """The value of one qualifier."""
        return dict(self.qualifiers).get(key)


def parse_purl(text: str) -> Purl:
    """The purl in `text`, which must be in canonical form.

    The spelling is checked on the raw text, before any library sees it: look-alikes get in through
    lower-casing and percent-decoding (`%E2%84%AAafka`, with the Kelvin sign, lower-cases to `kafka`).

    Raises:
        PurlInvalid: `text` is not a purl, or not in canonical form.
    """
    try:
        return _parse(text)
    except PurlInvalid as error:
        raise PurlInvalid(str(error), fix=_canonical_spelling(text)) from error


def with_version(component: Purl, version: str) -> Purl:
    """`component` with `version`, percent-encoded as the canonical form requires.

    Raises:
        PurlInvalid: `version` can't be part of a purl.
    """
    head = re.split(r"[@?#]", component.text, maxsplit=1)[0]
    tail = "".join(re.findall(r"[?#].*", component.text))
    return parse_purl(f"{head}@{quote(version, safe='~:')}{tail}")


def same_component(one: Purl, other: Purl) -> bool:
    """Both name the same package from the same origin; version, subpath and other qualifiers don't matter.

    A missing `repository_url`, `download_url` or `vcs_url` equals no given one, not even the default.
    """
    return component_key(one) == component_key(other)


def component_text(purl: Purl) -> str:
    """The component that `purl` names, as `for` in a policy takes it: only what `same_component` compares."""
    head, _, rest = purl.text.partition("#")[0].partition("?")
    kept = [pair for pair in rest.split("&") if pair.partition("=")[0] in DISCRIMINATING_QUALIFIERS]
    return head.partition("@")[0] + ("?" + "&".join(kept) if kept else "")


def component_key(purl: Purl) -> tuple[str | None, ...]:
    """What two purls of one component have in common and two of different ones do not; for look-ups."""
    origin = tuple(purl.qualifier(key) for key in DISCRIMINATING_QUALIFIERS)
    return (purl.type, purl.namespace, purl.name, *origin)


class ByComponent(Generic[_Entry]):
    """Entries with the component that each is about, so that a look-up does not depend on their number."""

    def __init__(self, entries: Iterable[tuple[Purl, _Entry]] = ()) -> None:
        self.all: list[_Entry] = []
        self._found: dict[tuple[str | None, ...], list[_Entry]] = {}
        for component, entry in entries:
            self.all.append(entry)
            self._found.setdefault(component_key(component), []).append(entry)

    def about(self, component: Purl | None) -> tuple[_Entry, ...]:
        """Those about `component` by `same_component`, in their order; none about an unknown one."""
        return () if component is None else tuple(self._found.get(component_key(component), ()))


def _parse(text: str) -> Purl:
    if len(text) > MAX_PURL_CHARACTERS:
        raise PurlInvalid(f"the purl has {len(text)} characters; at most {MAX_PURL_CHARACTERS} are allowed")
    match = _PURL.fullmatch(text)
    if match is None:
        raise PurlInvalid("not a purl in canonical form (pkg:type/namespace/name@version?key=value#subpath)")
    kind = match["type"]
    *spaces, name = _segments(match["path"])
    namespace = "/".join(spaces) or None
    if namespace is not None and kind in _NO_NAMESPACE:
        raise PurlInvalid(f"purls of type {kind} have no namespace")
    if namespace is not None and kind in _LOWER_NAMESPACE and namespace != namespace.lower():
        raise PurlInvalid(f"the namespace must be lower-case for type {kind}{_ANOTHER.get(kind, '')}")
    if kind in _LOWER_NAME and name != name.lower():
        raise PurlInvalid(f"the name must be lower-case for type {kind}{_ANOTHER.get(kind, '')}")
    pairs = [pair.split("=") for pair in match["qualifiers"].split("&")] if match["qualifiers"] else []
    keys = [key for key, _ in pairs]
    if keys != sorted(set(keys)):
        raise PurlInvalid("qualifiers must be sorted by key, and each key may occur only once")
    purl = Purl(
        type=kind,
        namespace=namespace,
        name=name,
        version=None if match["version"] is None else _segments(match["version"])[0],
        qualifiers=tuple((key, _decoded(value, unescaped="~:/")) for key, value in pairs),
        subpath=None if match["subpath"] is None else "/".join(_segments(match["subpath"])),
        text=text,
    )
    # The library knows the rules of rarer types (pub, hackage, mlflow); it may only confirm the spelling.
    from packageurl import PackageURL  # noqa: PLC0415  20 ms that `--help` need not spend

    try:
        canonical = PackageURL.from_string(text).to_string()
    except ValueError as error:  # a name of blanks only, say
        raise PurlInvalid(f"not a purl: {error}") from error
    if canonical != text:
        raise PurlInvalid(f"not the canonical form of a purl of type {kind}")
    return purl


def _segments(path: str) -> list[str]:
    decoded = [_decoded(segment, unescaped="~:") for segment in path.split("/")]
    if any(segment in {".", ".."} or "/" in segment for segment in decoded):
        raise PurlInvalid("a segment of a purl can't be . or .. and can't contain an encoded slash")
    return decoded


def _decoded(text: str, *, unescaped: str) -> str:
    decoded = unquote(text, errors="replace")
    if _PRINTABLE.fullmatch(decoded) is None:
        raise PurlInvalid("a purl must be printable ASCII, without look-alike letters or control characters")
    if quote(decoded, safe=unescaped) != text:
        raise PurlInvalid("only characters that need percent-encoding may be percent-encoded")
    return decoded


def _as_a_purl(text: str) -> str:
    """What a package manager's way to write a component is as a purl, if `text` is that."""
    if scoped := _NPM.fullmatch(text):
        return f"pkg:npm/%40{scoped[1]}"
    if pinned := _PINNED.fullmatch(text):
        return f"pkg:pypi/{pinned[1]}@{pinned[2]}"
    return f"pkg:{text[4:]}" if text[:4].lower() == "pkg:" else text


def _canonical_spelling(text: str) -> str:
    """The one canonical spelling that `text` can mean, or an empty text."""
    from packageurl import PackageURL  # noqa: PLC0415  see _parse

    text = _as_a_purl(text.strip(" \t\n\"'"))
    while _SLASHED.match(text):
        text = _SLASHED.sub(r"\1/", text, count=1)
    if (
        len(text) > MAX_PURL_CHARACTERS
        or "%2F" in text.upper()
        or _PRINTABLE.fullmatch(unquote(text)) is None
    ):
        return ""
    try:
        read = PackageURL.from_string(text)
    except ValueError:
        return ""
    namespace, name = read.namespace, read.name
    if read.type in _LOWER_NAMESPACE and namespace:
        namespace = namespace.lower()
    if read.type in _LOWER_NAME:
        name = name.lower()
    path = text.partition("/")[2]  # the library has lower-cased what it read
    if read.type in _CASE_SENSITIVE and path != path.lower():
        return ""
    spelling = PackageURL(read.type, namespace, name, read.version, read.qualifiers, read.subpath).to_string()
    try:
        return _parse(spelling).text
    except PurlInvalid:
        return ""


def is_canonical(text: str) -> bool:
    """`parse_purl` accepts `text`; takes ten times as long as `read_purl`."""
    try:
        _parse(text)
    except PurlInvalid:
        return False
    return True


class LoosePurl(NamedTuple):
    """A package URL as an SBOM has it: percent-decoded printable ASCII, otherwise nothing is corrected.

    Good for looking a package up. Whether a declaration is about a component is decided by `Purl` alone.
    """

    type: str
    """In lower case."""
    namespace: str
    """Empty where there is none."""
    name: str
    version: str
    """Empty where there is none."""
    qualifiers: tuple[tuple[str, str], ...]
    """Keys in lower case; those without a value are left out, as purl-spec says."""
    subpath: str
    text: str

    def qualifier(self, key: str) -> str:
        """The value of one qualifier, empty where there is none."""
        return dict(self.qualifiers).get(key, "")


@lru_cache(maxsize=KEPT_PURLS)
def read_purl(text: str) -> LoosePurl:
    """The purl in `text`, in any spelling that means one package.

    A raw plus sign stays a plus sign, raw colons and at signs are read, and letters keep their case.

    Raises:
        PurlInvalid: not a purl (a web address, say), a part that is not printable ASCII once decoded, a
            broken percent-encoding, or a qualifier with two values.
    Source: purl-spec, "How to parse a purl string in its components".
    """
    if len(text) > MAX_PURL_CHARACTERS:
        raise PurlInvalid(f"the purl has {len(text)} characters; at most {MAX_PURL_CHARACTERS} are allowed")
    match = _LOOSE.fullmatch(text.strip(" \t\r\n"))
    if match is None:
        raise PurlInvalid("not a purl (pkg:type/namespace/name@version?key=value#subpath)")
    # most purls have nothing to decode, and some SBOMs a million of them
    read = str if "%" not in text and _PRINTABLE.fullmatch(text) is not None else _read
    path, version = _cut_version(match["path"])
    *spaces, name = [segment for segment in map(read, path.split("/")) if segment] or [""]
    if not name.strip():
        raise PurlInvalid("the purl has no name")
    return LoosePurl(
        type=match["type"].lower(),
        namespace="/".join(spaces),
        name=name,
        version=read(version),
        qualifiers=_read_qualifiers(match["qualifiers"]) if match["qualifiers"] else (),
        subpath=read(match["subpath"] or "").strip("/"),
        text=text,
    )


def _cut_version(path: str) -> tuple[str, str]:
    """Name and version; an at sign that begins a segment is npm's scope, written raw."""
    path = path.strip("/")
    at = path.rfind("@")
    return (path, "") if at < 1 or path[at - 1] == "/" else (path[:at].rstrip("/"), path[at + 1 :])


def _read_qualifiers(text: str) -> tuple[tuple[str, str], ...]:
    read: dict[str, str] = {}
    for pair in text.split("&"):
        key, _, encoded = pair.partition("=")
        key, value = _read(key).lower(), _read(encoded)
        if value and read.setdefault(key, value) != value:
            raise PurlInvalid(f"the qualifier {key} has two values")
    return tuple(read.items())


def _read(text: str) -> str:
    """`text` decoded once, as a purl's parts are: a plus sign is not a blank."""
    if _BROKEN_ESCAPE.search(text) is not None:
        raise PurlInvalid("a percent sign must be followed by two hexadecimal digits")
    decoded = unquote(text, errors="replace")
    if decoded and _PRINTABLE.fullmatch(decoded) is None:
        raise PurlInvalid("a purl must be printable ASCII, without look-alike letters or control characters")
    return decoded
