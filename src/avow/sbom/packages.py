"""Which package the purls of an SBOM's component name, in whatever spelling they are.

A purl that a strict parser refuses is still a purl: it may name another package than the one in question, so
it never counts as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from avow.advisories.identifiers import identity_key
from avow.errors import InputInvalid
from avow.formats.purl import (
    DISCRIMINATING_QUALIFIERS,
    LoosePurl,
    Purl,
    PurlInvalid,
    component_text,
    parse_purl,
    read_purl,
    with_version,
)
from avow.sbom.inventory import Entry

CORRECT_THE_PURL: Final = "correct the purl in the SBOM, or where the SBOM is made"


def stated_purl(entry: Entry, *, source: str = "") -> LoosePurl | None:
    """The package that the purls of `entry` name, by the first of them; None if it has no purl at all.

    Raises:
        InputInvalid: one of them can't be read, or they name different packages.
    """
    texts = [each for each in (entry.purl, *entry.other_purls) if each]
    found: list[LoosePurl] = []
    for text in texts:
        try:
            found.append(read_purl(text))
        except PurlInvalid as error:
            raise InputInvalid(
                f"{entry.name or entry.place} has the purl {text}, which can't be compared: {error}",
                location=source,
                hint=CORRECT_THE_PURL,
            ) from error
    for each in found:
        if package_key(each) != package_key(found[0]):
            raise InputInvalid(
                f"{entry.name or entry.place} has purls of different packages: {found[0].text}, {each.text}",
                location=source,
                hint=CORRECT_THE_PURL,
            )
    return found[0] if found else None


def package_key(purl: LoosePurl) -> tuple[str, ...]:
    """What two purls of one package from one origin have in common, in whatever spelling and version.

    A missing origin (`repository_url` and the like) equals no given one, as for `same_component`.
    """
    return (*identity_key(purl), "", *map(purl.qualifier, DISCRIMINATING_QUALIFIERS))


def spellings(purls: Iterable[Purl]) -> dict[tuple[str, ...], Purl]:
    """The first of `purls` that names each package, by `package_key`."""
    found: dict[tuple[str, ...], Purl] = {}
    for each in purls:
        found.setdefault(package_key(read_purl(each.text)), each)
    return found


def canonical(stated: LoosePurl, *, known: Mapping[tuple[str, ...], Purl]) -> Purl | None:
    """`stated` in the spelling that `known` has of its package, else in the canonical one.

    None: neither is possible, so it is another package than those in `known`, and no policy can name it.
    """
    like = known.get(package_key(stated))
    try:
        if like is not None:
            package = parse_purl(component_text(like))
            return with_version(package, stated.version) if stated.version else package
        return parse_purl(_spelt(stated))
    except PurlInvalid as error:
        return parse_purl(error.fix) if error.fix else None


def _spelt(stated: LoosePurl) -> str:
    """What counts of `stated`, with the percent-encoding of the canonical form."""
    path = "/".join(_encoded(each) for each in (*stated.namespace.split("/"), stated.name) if each)
    version = f"@{_encoded(stated.version)}" if stated.version else ""
    origin = "&".join(
        f"{key}={_encoded(value, kept=':/')}"
        for key in sorted(DISCRIMINATING_QUALIFIERS)
        if (value := stated.qualifier(key))
    )
    return f"pkg:{stated.type}/{path}{version}" + (f"?{origin}" if origin else "")


def _encoded(text: str, *, kept: str = ":") -> str:
    """`text` with everything encoded that is not unreserved or in `kept`; it is ASCII."""
    return re.sub(rf"[^A-Za-z0-9._~{kept}-]", lambda found: f"%{ord(found[0]):02X}", text)
