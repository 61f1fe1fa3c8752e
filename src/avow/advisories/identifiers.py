"""One text for every spelling of a package or product, for lists that are looked up by purl or CPE.

For advisories `avow.advisories.packages` decides, whose names belong to an ecosystem. Lists of support dates
and histories also name what has no ecosystem: repositories, images, packages of distributions, generic ones.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final, NamedTuple

from avow.advisories.packages import package_key
from avow.formats.purl import LoosePurl

MAX_CPE_CHARACTERS: Final = 2048
"""Longer texts are not a CPE; real ones have under 300."""

_ECOSYSTEMS: Final = MappingProxyType({"golang": "Go", "pypi": "PyPI"})
"""Types whose names are more than folded."""

_FOLDED: Final = frozenset(
    {"alpm", "apk", "bitbucket", "brew", "composer", "deb", "docker", "github", "gitlab", "golang", "hex"}
    | {"nuget", "oci", "pub", "pypi", "rpm"}
)
"""Types whose registries find a package in whatever case its name is written, or whose purls lower it."""

_CPE_23_PART: Final = re.compile(r"((?:\\.|[^:\\])*+)(?::|$)", re.DOTALL)
_NOT_A_VERSION: Final = frozenset({"", "*", "-"})


class CpeName(NamedTuple):
    """The first fields of a CPE, in lower case and without escapes."""

    part: str
    """a, h or o: application, hardware, operating system."""
    vendor: str
    product: str
    version: str
    """Empty where the CPE leaves it open."""


def purl_key(purl: LoosePurl) -> str:
    """The same text for every spelling of one package: type, namespace and name."""
    path = "/".join(filter(None, (purl.namespace, purl.name)))
    path = package_key(_ECOSYSTEMS.get(purl.type, ""), path)
    return f"purl:{purl.type}/{path.lower() if purl.type in _FOLDED else path}"


def cpe_name(text: str) -> CpeName | None:
    """The beginning of a CPE in either binding; `None` if part, vendor or product is missing or open.

    Lists of support dates end their CPEs after the product, so this does not check the whole name.
    """
    if len(text) > MAX_CPE_CHARACTERS:
        return None
    lower = text.strip().lower()
    if lower.startswith("cpe:2.3:"):
        fields = [found[1] for found in _CPE_23_PART.finditer(lower, len("cpe:2.3:"))]
    elif lower.startswith("cpe:/"):
        fields = re.sub(r"%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), lower[5:]).split(":")
    else:
        return None
    part, vendor, product, version = (*(re.sub(r"\\(.)", r"\1", each) for each in fields[:4]), *[""] * 4)[:4]
    if part not in {"a", "h", "o"} or vendor in _NOT_A_VERSION or product in _NOT_A_VERSION:
        return None
    return CpeName(part, vendor, product, "" if version in _NOT_A_VERSION else version)


def cpe_key(text: str) -> str:
    """The same text for both bindings of one CPE: part, vendor and product; empty if it is not a CPE."""
    name = cpe_name(text)
    return "" if name is None else f"cpe:{name.part}:{name.vendor}:{name.product}"
