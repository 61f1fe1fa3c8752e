"""One text for every spelling of a package or product, for lists that are looked up by purl or CPE.

For advisories `avow.advisories.packages` decides, whose names belong to an ecosystem. Lists of support dates
and histories also name what has no ecosystem: repositories, images, packages of distributions, generic ones.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from avow.advisories.packages import package_key
from avow.formats.cpe import MAX_CPE_CHARACTERS, read_cpe
from avow.formats.purl import LoosePurl

_ECOSYSTEMS: Final = MappingProxyType({"golang": "Go", "pypi": "PyPI"})
"""Types whose names are more than folded."""

_FOLDED: Final = frozenset(
    {"alpm", "apk", "bitbucket", "brew", "composer", "deb", "docker", "github", "gitlab", "golang", "hex"}
    | {"nuget", "oci", "pub", "pypi", "rpm"}
)
"""Types whose registries find a package in whatever case its name is written, or whose purls lower it."""

_TOLD_APART: Final = frozenset({"golang", "rpm"})
"""Types that are folded for look-ups alone. Source: Go modules reference; purl-spec, rpm."""

_CPE_23_PART: Final = re.compile(r"(?:\\.|[^:\\])++", re.DOTALL)
_CPE_23_PARTS: Final = 13
"""The words `cpe` and `2.3`, and eleven attributes."""

_BINDING: Final = 10
"""Characters in which the binding is named."""


def purl_key(purl: LoosePurl) -> str:
    """The same text for every spelling of one package: type, namespace and name."""
    path = "/".join(filter(None, (purl.namespace, purl.name)))
    path = package_key(_ECOSYSTEMS.get(purl.type, ""), path)
    return f"purl:{purl.type}/{path.lower() if purl.type in _FOLDED else path}"


def identity_key(purl: LoosePurl) -> tuple[str, ...]:
    """What two purls of one package have in common, whatever their version and qualifiers.

    Go modules that differ in case are different modules, although their purls are to be written in lower
    case, and so are rpm packages; a look-up may find what is said of both, but they are not taken for one.
    """
    key = purl_key(purl)
    return (key, purl.namespace, purl.name) if purl.type in _TOLD_APART else (key,)


def cpe_key(text: str) -> str:
    """The same text for both bindings of one CPE: part, vendor and product.

    Empty if it is not a CPE, or leaves one of the three open. Lists of support dates end their CPEs after the
    product, which the formatted binding does not allow, so the rest is filled in.
    """
    parts = _CPE_23_PART.findall(text[:MAX_CPE_CHARACTERS]) if "2.3" in text[:_BINDING] else []
    name = read_cpe(text.strip() + ":*" * (_CPE_23_PARTS - len(parts)) if parts else text)
    if name is None or name.part not in {"a", "h", "o"} or not name.identifies:
        return ""
    return f"cpe:{name.part}:{name.vendor}:{name.product}"
