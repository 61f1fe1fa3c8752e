"""Fields that all SBOM formats have, read without trust: texts, digests, moments, purls, CPEs, licences.

A field of another shape costs that field and becomes a problem with its place; nothing here raises.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from avow.formats.cpe import MAX_CPE_CHARACTERS, CpeInvalid, parse_cpe
from avow.sbom.inventory import ProblemKind, ProblemList, Reference, StatedDigest

_ALGORITHMS: Final = {
    "md2": ("md2", 32),
    "md4": ("md4", 32),
    "md5": ("md5", 32),
    "sha1": ("sha1", 40),
    "sha224": ("sha224", 56),
    "sha256": ("sha256", 64),
    "sha384": ("sha384", 96),
    "sha512": ("sha512", 128),
    "sha3224": ("sha3_224", 56),
    "sha3256": ("sha3_256", 64),
    "sha3384": ("sha3_384", 96),
    "sha3512": ("sha3_512", 128),
    "blake2b256": ("blake2b-256", 64),
    "blake2b384": ("blake2b-384", 96),
    "blake2b512": ("blake2b", 128),
    "blake3": ("blake3", 64),
    "streebog256": ("streebog-256", 64),
    "streebog512": ("streebog-512", 128),
    "adler32": ("adler32", 8),
}
"""Names without case, hyphens and underscores: as hashlib has them, and the length in hexadecimal digits.

Source: CycloneDX 1.7, `hash-alg`; SPDX 2.3, clause 7.10; SPDX 3.0.1, HashAlgorithm.
"""

_HEXADECIMAL: Final = "0123456789abcdef"
_SEPARATORS: Final = re.compile(r"[-_ ]")

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
"""Source: RFC 3339, section 5.6; ISO 8601 allows to leave out the zone."""

_COLONS_OF_A_CPE: Final = 12

FIRST_PLAUSIBLE_YEAR: Final = 1980
"""Nothing is older that software of today is made from; earlier years come from clocks that were not set."""

LAST_PLAUSIBLE_YEAR: Final = 2100

UNSTATED: Final = frozenset({"", "NOASSERTION", "NONE"})
"""What SPDX writes where it says nothing, or says that there is nothing."""


class FieldReader:
    """Reads the fields of one document and collects its problems."""

    __slots__ = ("_algorithms", "_ids", "problems", "usual_licences")

    def __init__(self) -> None:
        self.problems = ProblemList()
        self._ids: frozenset[str] | None = None
        self._algorithms: dict[str, tuple[str, int]] = {}
        self.usual_licences: dict[str, tuple[str, ...]] = {}
        """Ids of the SPDX list that the document has used before, each as the only licence."""

    def shape(self, place: str, expected: str, value: object) -> None:
        """Note that the value at `place` has another shape."""
        self.problems.add(ProblemKind.SHAPE, place, f"expected {expected}", value=value)

    def text(self, value: object, place: str) -> str:
        """A text; what is absent is empty."""
        if isinstance(value, str):
            return value
        if value is not None:
            self.shape(place, "a text", value)
        return ""

    def mapping(self, value: object, place: str) -> dict[str, Any]:
        """An object; what is absent is empty."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.shape(place, "an object", value)
        return {}

    def items(self, value: object, place: str) -> list[Any]:
        """A list; what is absent is empty."""
        if isinstance(value, list):
            return value
        if value is not None:
            self.shape(place, "a list", value)
        return []

    def objects(self, value: object, place: str) -> list[tuple[str, dict[str, Any]]]:
        """The objects of a list with their places; an item that is not an object is a problem."""
        found = []
        for index, item in enumerate(self.items(value, place)):
            at = f"{place}/{index}"
            if isinstance(item, dict):
                found.append((at, item))
            else:
                self.shape(at, "an object", item)
        return found

    def texts(self, value: object, place: str) -> tuple[str, ...]:
        """The texts of a list, without empty ones."""
        found = []
        for index, item in enumerate(self.items(value, place)):
            if isinstance(item, str):
                found.append(item)
            else:
                self.shape(f"{place}/{index}", "a text", item)
        return tuple(filter(None, found))

    def moment(self, value: object, place: str) -> tuple[datetime | None, str]:
        """The moment in UTC, and the text as written; no moment if the text is not one with a time zone."""
        text = self.text(value, place)
        if not text:
            return None, ""
        found = _MOMENT.fullmatch(text)
        try:
            moment = datetime.fromisoformat(text.upper()) if found else None
            utc = moment.astimezone(UTC) if moment and found and found["zone"] else None
        except (ValueError, OverflowError):  # a month 16; a year that is 0 or 10000 in UTC
            moment = utc = None
        if moment is None:
            self.problems.add(ProblemKind.NOT_A_DATE, place, "not a date and time of RFC 3339", value=text)
        elif utc is None:
            message = "a time without a time zone is not one moment"
            self.problems.add(ProblemKind.NO_TIME_ZONE, place, message, value=text)
        elif not FIRST_PLAUSIBLE_YEAR <= utc.year <= LAST_PLAUSIBLE_YEAR:
            message = f"the year {utc.year} can't be right"
            self.problems.add(ProblemKind.IMPLAUSIBLE_DATE, place, message, value=text)
        return utc, text

    def digest(self, algorithm: object, value: object, place: str) -> StatedDigest | None:
        """The digest, if it has the right characters and length."""
        if not isinstance(algorithm, str) or not isinstance(value, str):
            self.shape(place, "an algorithm and a value, both texts", [algorithm, value])
            return None
        name, length = self._algorithms.get(algorithm) or self._algorithm(algorithm)
        lower = value.strip().lower()
        if not lower or lower.strip(_HEXADECIMAL) or (length and len(lower) != length):
            expected = f"{length} hexadecimal digits" if length else "hexadecimal digits"
            message = f"a digest of {name} has {expected}"
            self.problems.add(ProblemKind.BAD_DIGEST, place, message, value=value)
            return None
        return StatedDigest(name, lower)

    def usual_digest(self, algorithm: str, value: str) -> StatedDigest | None:
        """The digest, if it is written as usual; if not, `digest` says what is wrong, or nothing is."""
        name, length = self._algorithms.get(algorithm) or self._algorithm(algorithm)
        try:
            size = len(bytes.fromhex(value)) * 2
        except ValueError:
            return None
        return StatedDigest(name, value.lower()) if size and size == len(value) == length else None

    def _algorithm(self, written: str) -> tuple[str, int]:
        plain = written.lower()
        known = _ALGORITHMS.get(_SEPARATORS.sub("", plain), (plain, 0))
        self._algorithms[written] = known
        return known

    def purl(self, text: str, place: str) -> str:
        """`text` as it is; that it is something else than a purl is a problem."""
        if text and text[:4].lower() != "pkg:":
            message = "not a package URL, which begins with pkg:"
            self.problems.add(ProblemKind.BAD_PURL, place, message, value=text)
        return text

    def cpe(self, text: str, place: str) -> str:
        """`text` as it is; that it is malformed is a problem."""
        if is_usual_cpe(text):
            return text
        try:
            parse_cpe(text)
        except CpeInvalid as error:
            self.problems.add(ProblemKind.BAD_CPE, place, str(error), value=text)
        return text

    def licence_id(self, text: str, place: str) -> str:
        """`text` as it is; that the SPDX list does not have it is a problem."""
        if self._ids is None:
            from avow.catalogue.licences import load_licences  # noqa: PLC0415  100 ms that few SBOMs need

            listed = load_licences()
            self._ids = listed.open | listed.other
        if text.lower() not in self._ids:
            message = "not an id of the SPDX licence list; an expression or a name belongs in its own field"
            self.problems.add(ProblemKind.NOT_AN_SPDX_ID, place, message, value=text)
        else:
            self.usual_licences[text] = (text,)
        return text


def is_usual_cpe(text: str) -> bool:
    """`text` is a CPE 2.3 name without quoting: most are, and `parse_cpe` takes twenty times as long."""
    return (
        text.startswith("cpe:2.3:")
        and text.count(":") == _COLONS_OF_A_CPE
        and "::" not in text
        and "\\" not in text
        and text[-1] != ":"
        and len(text) <= MAX_CPE_CHARACTERS
    )


def stated(text: str) -> str:
    """`text`, or nothing if it is one of SPDX's words for nothing."""
    return "" if text in UNSTATED else text


def merged(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """All texts of all groups once, in their order."""
    return tuple(dict.fromkeys(text for group in groups for text in group if text))


def first_of(references: tuple[Reference, ...], *kinds: str) -> str:
    """The address of the first reference of the first of `kinds` that there is."""
    for kind in kinds:
        for reference in references:
            if reference.kind == kind:
                return reference.url
    return ""
