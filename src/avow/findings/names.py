"""Names of vulnerabilities, and which of them name several at once; names of hash functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_BUNDLE: Final = re.compile(
    r"(?:D[SL]A|ELA|[UL]SN|RH[SBE]A|AL[SBE]A|RL[SBE]A|ELSA|ELBA|CE[SB]A|GLSA|ASA|ALAS[0-9A-Z]*|MGASA|FEDORA|FLSA"
    r"|(?:open)?SUSE-[SRO]U|VMSA)-.+",
    re.IGNORECASE | re.DOTALL,
)
"""Advisories of distributions, which fix several vulnerabilities: two that share one are not the same.

OpenVEX's own example lists DSA, DLA, USN and openSUSE-SU as aliases of one CVE, and so does Dependency-Track.
Source: OpenVEX 0.2.0, "Vulnerability Data Structure"; OSV schema, `aliases` against `upstream`.
"""

_DIGEST_LENGTHS: Final = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "sha3_224": 56,
    "sha3_256": 64,
    "sha3_384": 96,
    "sha3_512": 128,
}
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+")


class Names(NamedTuple):
    """The names of one vulnerability, and the advisories about several that were listed among them."""

    ids: tuple[str, ...]
    related: tuple[str, ...]


def names_of(own: str, others: Iterable[str]) -> Names:
    """The names of the vulnerability that a file calls `own`, and `others` that it gives as the same.

    If `own` is an advisory about several, it is the only name, unless exactly one other is given.
    """
    names = dict.fromkeys(name for name in (own, *others) if name)
    bundles = tuple(name for name in names if _BUNDLE.fullmatch(name))
    several = set(bundles)
    single = tuple(name for name in names if name not in several)
    if own in bundles and len(single) > 1:
        return Names((own,), tuple(name for name in names if name != own))
    if own in bundles:
        return Names((own, *single), tuple(name for name in bundles if name != own))
    return Names(single or bundles[:1], bundles if single else bundles[1:])


def digest_of(algorithm: str, value: str) -> tuple[str, str] | None:
    """Algorithm as hashlib names it, and value in lower case; `None` if `value` is not such a digest."""
    name = re.sub(r"[^a-z0-9]", "", algorithm.lower())
    name = f"sha3_{name[4:]}" if name.startswith("sha3") and len(name) == len("sha3256") else name
    digest = value.strip().lower()
    if _HEXADECIMAL.fullmatch(digest) is None or len(digest) != _DIGEST_LENGTHS.get(name, len(digest)):
        return None
    return name, digest
