"""One door for all formats of SBOMs: the first format that recognises the bytes reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from avow.formats.json_document import MAX_BYTES, collection_paused
from avow.sbom import cyclonedx, cyclonedx_xml, spdx2, spdx2_set, spdx2_tag_value, spdx3
from avow.sbom.given import Given
from avow.sbom.inventory import Inventory
from avow.sbom.unknown import refuse_unknown


class Format(NamedTuple):
    """One way to write an SBOM."""

    name: str
    versions: str
    """Those whose fields are all known; others of the same major version are read, with a problem."""
    sniff: Callable[[Given], bool]
    """The bytes look like this format; may raise InputInvalid for broken JSON."""
    read: Callable[[Given], Inventory]


FORMATS: Final = (
    Format("set of SPDX documents", "2.2, 2.3", spdx2_set.sniff, spdx2_set.read),
    Format("CycloneDX XML", "1.2 to 1.7", cyclonedx_xml.sniff, cyclonedx_xml.read),
    Format("SPDX tag-value", "2.1 to 2.3", spdx2_tag_value.sniff, spdx2_tag_value.read),
    Format("CycloneDX JSON", "1.2 to 1.7", cyclonedx.sniff, cyclonedx.read),
    Format("SPDX JSON", "2.2, 2.3", spdx2.sniff, spdx2.read),
    Format("SPDX JSON-LD", "3.0", spdx3.sniff, spdx3.read),
)
"""In the order of asking: archives first, then what is recognised without parsing all of it."""


def read_sbom(data: bytes, *, source: str) -> Inventory:
    """What the SBOM in `data` says, whatever its format; `source` names it in messages.

    Raises:
        InputInvalid: the document is broken, too large or of no known format; with the place if it has one.
    """
    if len(data) > MAX_BYTES:
        Given(b"", source).refuse(
            f"{len(data)} bytes; at most {MAX_BYTES} are read", hint="split the SBOM, for instance by product"
        )
    # what was decoded is gone when the collector runs again and would look at all of it
    with collection_paused():
        return _read(Given(data, source))


def _read(given: Given) -> Inventory:
    known = next((each for each in FORMATS if each.sniff(given)), None)
    if known is None:
        refuse_unknown(given)
    if known in _OBJECTS and not given.decoded:  # what was decoded has the fields of one format only
        _refuse_two_formats(given)
    return known.read(given)


_OBJECTS: Final = FORMATS[-3:]
"""Those that are one JSON object, which could have the fields of two of them."""


_MEMBERS: Final = {"CycloneDX JSON": "components", "SPDX JSON": "packages", "SPDX JSON-LD": "@graph"}
"""Where the components of each are, whatever the document calls itself."""


def _refuse_two_formats(given: Given) -> None:
    names = [
        each.name
        for each in _OBJECTS
        if each.sniff(given) or isinstance(given.object.get(_MEMBERS[each.name]), list)
    ]
    if len(names) > 1:
        given.refuse(
            f"it is {' and '.join(names)} at once, and what is in the one need not be in the other",
            hint="give each as a file of its own",
        )
