"""Which package of a public ecosystem a purl names, in the spelling that advisories are looked up by.

One normaliser per ecosystem serves both sides, the index and the question. Nothing is matched by a prefix or
a bare name, and a package of a distribution needs the distribution's release.

Source: OSV schema, `affected[].package`; purl-spec, type definitions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from avow.formats.order import compare, is_version
from avow.record import Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from avow.formats.purl import LoosePurl

UPSTREAM: Final = "upstream"
"""How a binary package is found by the source package that it was built from."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package and version that advisories can be looked up for."""

    ecosystem: str
    """As OSV spells it, with the release of a distribution: `PyPI`, `Debian:12`."""
    key: str
    """What `package_key` makes of the name."""
    name: str
    version: str
    """As written: the purl's, else the field's; for a source package its own."""
    purl: str
    """As it was read; whether that is the canonical spelling takes long to find out."""
    scheme: str
    """The order of versions, as `avow.formats.order` names it."""
    placed: str
    """The version in the form that is compared: with the epoch, without Go's `v` and `go`."""
    via: str = ""
    """`upstream`: found by the source package."""
    flags: tuple[str, ...] = ()
    field_version: str = ""
    """What the SBOM's version field says, where the purl says another version."""
    also: tuple[tuple[str, str], ...] = ()
    """Further ecosystems and keys whose advisories are about this package, too."""


@dataclass(frozen=True, slots=True)
class NotLookedUp:
    """Why no advisory can be looked up; never the same as finding none."""

    why: Why
    detail: str = ""
    """For an ecosystem that is not covered, the purl's type as written."""
    ecosystem: str = ""
    """The ecosystem without a release, where it is known."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Registry:
    ecosystem: str
    scheme: str


_REGISTRIES: Final = {
    "cargo": _Registry("crates.io", "cargo"),
    "composer": _Registry("Packagist", "composer"),
    "gem": _Registry("RubyGems", "gem"),
    "golang": _Registry("Go", "golang"),
    "hex": _Registry("Hex", "semver"),
    "maven": _Registry("Maven", "maven"),
    "npm": _Registry("npm", "npm"),
    "nuget": _Registry("NuGet", "nuget"),
    "pub": _Registry("Pub", "semver"),
    "pypi": _Registry("PyPI", "pypi"),
}

_SUFFIXED: Final = frozenset({"Maven", "Packagist"})
"""OSV names other repositories of these ecosystems: `Maven:https://maven.google.com`."""


@dataclass(frozen=True, slots=True)
class _Distribution:
    ecosystem: str
    release: re.Pattern[str]
    """Of the `distro` qualifier without the distribution's name; group 1 is the release."""
    form: str = "{}"
    codenames: tuple[tuple[str, str], ...] = ()
    binary_names: bool = False
    """Advisories name binary packages, perhaps beside sources."""
    rolling: bool = False


_MAJOR = re.compile(r"([0-9]+)(?:\.[0-9]+)*")
_MAJOR_MINOR = re.compile(r"v?([0-9]+\.[0-9]+)(?:[._][0-9a-z_.]+)?")
_YEAR_MONTH = re.compile(r"([0-9]{2}\.[0-9]{2})(?:\.[0-9]+)?")

# Source: distro-info-data, debian.csv and ubuntu.csv.
_DEBIAN_NAMES: Final = (
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
)
_UBUNTU_NAMES: Final = (
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
)
_DISTRIBUTIONS: Final = {
    ("apk", "alpine"): _Distribution("Alpine", _MAJOR_MINOR, form="v{}"),
    ("apk", "chainguard"): _Distribution("Chainguard", _MAJOR, rolling=True),
    ("apk", "wolfi"): _Distribution("Wolfi", _MAJOR, rolling=True),
    ("deb", "debian"): _Distribution("Debian", _MAJOR, codenames=_DEBIAN_NAMES),
    ("deb", "ubuntu"): _Distribution("Ubuntu", _YEAR_MONTH, codenames=_UBUNTU_NAMES),
    ("rpm", "almalinux"): _Distribution("AlmaLinux", _MAJOR, binary_names=True),
    ("rpm", "mageia"): _Distribution("Mageia", _MAJOR),
    ("rpm", "openeuler"): _Distribution(
        "openEuler", re.compile(r"([0-9]{2}\.[0-9]{2}(?:-lts(?:-sp[0-9]+)?)?)")
    ),
    ("rpm", "opensuse"): _Distribution("openSUSE", re.compile(r"(?:leap-)?([0-9]+\.[0-9]+)"), form="Leap {}"),
    ("rpm", "photon"): _Distribution("Photon OS", re.compile(r"([0-9]+\.[0-9]+)"), binary_names=True),
    ("rpm", "rocky"): _Distribution("Rocky Linux", _MAJOR),
}
_SAME_DISTRIBUTION: Final = {
    "almalinux-os": "almalinux",
    "opensuse-leap": "opensuse",
    "rocky-linux": "rocky",
    "rockylinux": "rocky",
}
_SYSTEMS: Final = frozenset({"apk", "deb", "rpm"})
_USUAL: Final = {"apk": "Alpine", "deb": "Debian"}
"""Whose packages they most likely are where the purl names no distribution; only to say what is missing."""

_NOBODYS: Final = frozenset({"", "unknown"})
_LTS_MONTH: Final = ".04"

_PLAIN_NAME: Final = r"[A-Za-z0-9._+-]+"
_NAMES: Final = {
    "composer": rf"{_PLAIN_NAME}/{_PLAIN_NAME}",
    "golang": r"(?:[A-Za-z0-9._~+-]|!(?=[a-z]))+(?:/(?:[A-Za-z0-9._~+-]|!(?=[a-z]))+)*",
    "maven": rf"{_PLAIN_NAME}:{_PLAIN_NAME}",
    "npm": r"(?:@[A-Za-z0-9._~-]+/)?[A-Za-z0-9._~!'()*-]+",
    "pypi": r"(?!.*\.(?:whl|egg|zip|tar\.gz)$)[A-Za-z0-9._-]+(?:\[[A-Za-z0-9._, -]*\])?",
}
"""What the name of a package can be, by type: `${artifact.id}`, a file name or a name with a version can't.

Nothing would be found for it, and that would read as if nothing were known.
"""

_SEPARATORS: Final = re.compile(r"[-_.]+")
_EXTRAS: Final = re.compile(r"\[[^\]]*\]$")
_ESCAPED_CAPITAL: Final = re.compile(r"!([a-z])")
_LOWER_CASE: Final = frozenset({"NuGet", "Packagist", "Hex", "Pub", "GitHub Actions"})

_NO_VERSION: Final = frozenset({"", "noassertion", "none"})
_NOT_A_VERSION: Final = frozenset(
    {"unknown", "(unknown)", "undefined", "null", "nil", "n/a", "na", "latest", "release", "(devel)", "devel"}
    | {
        "head",
        "main",
        "master",
        "trunk",
        "dev",
        "stable",
        "*",
        "-",
        "?",
        "x",
        "tbd",
        "$version",
        "${version}",
    }
    | {"${project.version}", "${revision}"}
)
"""Words that generators write where they do not know the version; some schemes could even order them."""

_UNDATED: Final = "unspecified"
"""Gradle's word for a project without a version: what does not hold for all versions is undecidable."""

_GEM_PLATFORM: Final = re.compile(
    r"-(?:java|jruby|universal|x86|x64|x86_64|i[3-6]86|arm|arm64|armv[67]l?|aarch64|mswin|mingw)(?:[-_0-9].*)?$"
)
"""A gem built for a platform has it behind the version, where it would read as a pre-release."""

_SOURCE_RPM: Final = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<release>[^-]+)\.(?:no)?src\.rpm")
_GO_RELEASE: Final = re.compile(
    r"(?:go|v)?(?P<numbers>[0-9]+(?:\.[0-9]+){1,2})(?:-?(?P<kind>rc|beta)\.?(?P<number>[0-9]+))?(?:[ +-].*)?"
)


def package_key(ecosystem: str, name: str) -> str:
    """The spelling under which a package of an OSV ecosystem is indexed and looked up."""
    base = ecosystem.partition(":")[0]
    name = name.strip()
    if base == "PyPI":
        name = _EXTRAS.sub("", name) if "[" in name else name
        return _SEPARATORS.sub("-", name).lower()
    if base == "Go":
        return _ESCAPED_CAPITAL.sub(lambda found: found[1].upper(), name)
    return name.lower() if base in _LOWER_CASE else name


def folded_key(ecosystem: str, name: str) -> str:
    """The same without regard to case: purls of Go modules have lost it, advisories keep it."""
    return package_key(ecosystem, name).lower()


def package_of(purl: LoosePurl, *, field_version: str = "") -> Package | NotLookedUp:
    """The package that `purl` names, in the version of the purl, else of the SBOM's field."""
    if purl.type in _REGISTRIES:
        return _of_a_registry(purl, _REGISTRIES[purl.type], field_version=field_version)
    if purl.type in _SYSTEMS:
        return _of_a_distribution(purl, field_version=field_version)
    note = "the purl type of Alpine's packages is apk" if purl.type == "alpine" else ""
    return NotLookedUp(Why.ECOSYSTEM_NOT_COVERED, purl.type, note=note)


def _of_a_registry(purl: LoosePurl, registry: _Registry, *, field_version: str) -> Package | NotLookedUp:
    name, ecosystem = _registry_name(purl), registry.ecosystem
    if purl.type == "golang" and purl.qualifier("type") == "package":
        note = "it names a package of Go, and advisories are about its module"
        return NotLookedUp(Why.BAD_PURL, note=note, ecosystem=ecosystem)
    if not name:
        return NotLookedUp(Why.BAD_PURL, note="a Maven package has a group", ecosystem=ecosystem)
    if re.fullmatch(_NAMES.get(purl.type, _PLAIN_NAME), name) is None:
        note = f"no package of {ecosystem} can have this name"
        return NotLookedUp(Why.BAD_PURL, note=note, ecosystem=ecosystem)
    flags: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    repository = purl.qualifier("repository_url")
    if repository and _host(repository).removeprefix(_WWW) not in _homes(purl.type):
        flags += ("other_repository",)
        if ecosystem in _SUFFIXED:
            also = ((f"{ecosystem}:{repository.rstrip('/')}", package_key(ecosystem, name)),)
    return _in_a_version(
        Package(
            ecosystem=ecosystem,
            key=package_key(ecosystem, name),
            name=name,
            version=purl.version,
            purl=purl.text,
            scheme=registry.scheme,
            placed="",
            flags=flags,
            also=also,
        ),
        purl,
        field_version=field_version,
    )


def _registry_name(purl: LoosePurl) -> str:
    """The package's name as its ecosystem writes it; empty if a part of it is missing."""
    if purl.type == "maven":
        return f"{purl.namespace.replace('/', '.')}:{purl.name}" if purl.namespace else ""
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    if purl.type == "golang":
        return _GO_PSEUDO_MODULES.get(name, name)
    # A name of npm has a slash only behind its scope.
    return f"@{name}" if purl.type == "npm" and "/" in name and name[:1] != "@" else name


_GO_PSEUDO_MODULES: Final = {"std": "stdlib", "cmd": "toolchain"}
"""What generators call Go's standard library and tools, and what the Go vulnerability database calls them."""


@cache
def _homes(purl_type: str) -> frozenset[str]:
    """Hosts of the registry that a purl means where it gives no other repository.

    Those that the purl library's own links to a page and to a download lead to. Another mirror of the same
    registry is flagged as another repository, which hides no finding.
    """
    from packageurl.contrib import purl2url  # noqa: PLC0415  only where a purl gives a repository

    any_package = f"pkg:{purl_type}/any/any@1"
    makers: tuple[Callable[[str], str | None], ...] = (purl2url.get_repo_url, purl2url.get_download_url)
    links = (make(any_package) for make in makers)
    return frozenset(_host(link).removeprefix(_WWW) for link in links if link)


_WWW: Final = "www."


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower() or url.partition("/")[0].lower()


def _of_a_distribution(purl: LoosePurl, *, field_version: str) -> Package | NotLookedUp:
    distro = purl.qualifier("distro").lower()
    name = _distribution_name(purl, distro)
    distribution = _DISTRIBUTIONS.get((purl.type, name))
    if distribution is None:
        known = _USUAL.get(purl.type, "") if purl.namespace.lower() in _NOBODYS else ""
        why = Why.NO_DISTRO if known else Why.ECOSYSTEM_NOT_COVERED
        return NotLookedUp(why, purl.type, ecosystem=known)
    release = _release(distribution, name, distro)
    if release is None:
        note = f"{distro} is not a release of {distribution.ecosystem} known here" if distro else ""
        return NotLookedUp(Why.NO_DISTRO, purl.type, ecosystem=distribution.ecosystem, note=note)
    ecosystem = f"{distribution.ecosystem}:{release}" if release else distribution.ecosystem
    source, version = _source_package(purl)
    found = Package(
        ecosystem=ecosystem,
        key=package_key(ecosystem, source or purl.name),
        name=source or purl.name,
        version=version or purl.version,
        purl=purl.text,
        scheme=purl.type,
        placed="",
        via=UPSTREAM if source else "",
    )
    places = {(distribution.ecosystem, found.key)}
    if distribution.binary_names:
        places |= {(distribution.ecosystem, purl.name), (ecosystem, purl.name)}
    also = tuple(sorted(places - {(ecosystem, found.key)}))
    return _in_a_version(replace(found, also=also), purl, field_version=field_version)


def _distribution_name(purl: LoosePurl, distro: str) -> str:
    """The distribution: the namespace, or what `distro` begins with where the namespace names none."""
    name = purl.namespace.lower()
    name = _SAME_DISTRIBUTION.get(name, name)
    if (purl.type, name) in _DISTRIBUTIONS:
        return name
    if name not in _NOBODYS:
        return ""
    return next((each for kind, each in _DISTRIBUTIONS if kind == purl.type and distro.startswith(each)), "")


def _release(distribution: _Distribution, name: str, distro: str) -> str | None:
    """The suffix of the ecosystem, empty for a distribution without releases, None if nobody says which."""
    if distribution.rolling:
        return ""
    spellings = [name, *(spelling for spelling, meant in _SAME_DISTRIBUTION.items() if meant == name)]
    for spelling in sorted(spellings, key=len, reverse=True):
        distro = distro.removeprefix(f"{spelling}-")
    if distribution.ecosystem == "Debian" and distro in {"sid", "unstable"}:
        return "sid"
    match = distribution.release.fullmatch(dict(distribution.codenames).get(distro, distro))
    if match is None:
        return None
    release = match[1].upper() if distribution.ecosystem == "openEuler" else match[1]
    if distribution.ecosystem == "Ubuntu" and release.endswith(_LTS_MONTH) and int(release[:2]) % 2 == 0:
        release += ":LTS"
    return distribution.form.format(release)


def _source_package(purl: LoosePurl) -> tuple[str, str]:
    """Name and version of the source package; both may be empty.

    deb's `upstream` is a name, with the version behind an at sign where it differs; apk's is the name of the
    origin. rpm's is the file name of a source rpm, which is split only if it has all three parts.
    """
    upstream = purl.qualifier("upstream")
    if purl.type == "rpm":
        match = _SOURCE_RPM.fullmatch(upstream)
        return (match["name"], f"{match['version']}-{match['release']}") if match else ("", "")
    name, _, version = upstream.partition("@")
    return (name, version) if purl.type == "deb" else (name, "")


def _in_a_version(package: Package, purl: LoosePurl, *, field_version: str) -> Package | NotLookedUp:
    """`package` in the version that is stated for it: its own, else the field's."""
    version, flags, field_version = package.version, package.flags, field_version.strip()
    if version.lower() in _NO_VERSION:
        if field_version.lower() in _NO_VERSION:
            return NotLookedUp(Why.NO_VERSION, ecosystem=package.ecosystem)
        version, flags = field_version, (*flags, "version_from_field")
    placed = _comparable(package, version, epoch=purl.qualifier("epoch"))
    if version.lower() in _NOT_A_VERSION or not is_version(package.scheme, placed):
        note = f"{version} is not a version that {package.ecosystem} can order"
        return NotLookedUp(Why.VERSION_NOT_PARSED, ecosystem=package.ecosystem, note=note)
    differs = _differs(package, purl, field_version)
    return replace(
        package,
        version=version,
        placed="" if version.lower() == _UNDATED else placed,
        flags=(*flags, "purl_and_field_versions_differ") if differs else flags,
        field_version=field_version if differs else "",
    )


def _differs(package: Package, purl: LoosePurl, field: str) -> bool:
    """The SBOM's two versions are different ones, not two spellings of one."""
    if purl.version in {"", field} or field.lower() in _NO_VERSION:
        return False
    epoch = purl.qualifier("epoch")
    spellings = (purl.version, _comparable(package, purl.version, epoch=epoch))
    return all(compare(package.scheme, each, field) != 0 for each in spellings)


def _comparable(package: Package, version: str, *, epoch: str) -> str:
    if package.scheme == "rpm" and epoch.isdigit() and ":" not in version:
        return f"{epoch}:{version}"
    if package.scheme == "gem":
        return _GEM_PLATFORM.sub("", version)
    if package.scheme == "npm":
        return version.removeprefix("v")
    if package.scheme != "golang":
        return version
    if package.name in _GO_PSEUDO_MODULES.values() and (match := _GO_RELEASE.fullmatch(version)):
        numbers = match["numbers"] + ".0" * (2 - match["numbers"].count("."))
        return f"{numbers}-{match['kind']}.{match['number']}" if match["kind"] else numbers
    return version.removeprefix("v")
