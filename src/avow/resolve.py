"""From what a user names to a value: the subject of a question, its time, a declaration."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avow.catalogue.practices import load_catalogue
from avow.errors import InputInvalid
from avow.files import hash_file, read_bounded
from avow.formats.purl import Purl, PurlInvalid, parse_purl
from avow.subject import Digest, Subject
from avow.values import latest_date_on_earth

if TYPE_CHECKING:
    from avow.declaration.avow_yaml import Declaration

MAX_DECLARATION_BYTES: Final = 1024 * 1024
"""Larger declarations are refused; all practices with their evidence stay below 50 kB."""


_DIGEST_FORM: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]+):([^/\\]*)")
"""Two letters at least before the colon: one is a drive of Windows."""


_BARE_DIGEST: Final = re.compile(r"(?:sha256[-=])?([0-9a-f]{64})")


def resolve_subject(target: str, *, purl: str | None = None) -> Subject:
    """The artefact in the file `target`, or the one whose digest it is, as the component that the user says.

    `ALGORITHM:VALUE` is always a digest, even where a file has that name: anybody who can write to the
    directory could put one there.

    Raises:
        InputInvalid: a purl that is not canonical, neither a file that can be read nor a digest, or an
            empty file: a statement about one would fit every empty file.
    """
    component = None if purl is None else _component(purl)
    if target == "-":
        raise InputInvalid(
            "standard input is not read", hint="name the file, or its digest; a file called - is ./-"
        )
    if not target:  # usually a variable of a script that is not set
        raise InputInvalid("the artefact's name is empty", hint="name the file, or its digest")
    if (bare := _BARE_DIGEST.fullmatch(target)) and not Path(target).exists():
        raise InputInvalid(f"there is no file {target}", hint=f"for the digest write sha256:{bare[1]}")
    form = _DIGEST_FORM.fullmatch(target)
    if form is not None:
        algorithm, value = form.groups()
        try:
            digest = Digest(algorithm=algorithm, value=value)
        except ValueError as error:
            raise InputInvalid(
                f"{target} is not a digest",
                hint=f"write sha256: and 64 lower-case hex digits; if it is a file, write ./{target}",
            ) from error
        if hashlib.new(algorithm, b"").hexdigest() == value:
            raise InputInvalid(f"{target} is the digest of an empty file, and so of every one")
        return Subject(name=target, digests=(digest,), purl=component)
    path = Path(target)
    digests = hash_file(path)
    if path.stat().st_size == 0:
        raise InputInvalid(f"{target} is empty: a statement about it would fit every empty file")
    return Subject(
        name=target,
        digests=tuple(Digest(algorithm=each, value=digest) for each, digest in digests.items()),
        purl=component,
        file=target,
    )


def with_digests(subject: Subject, algorithms: frozenset[str]) -> Subject:
    """`subject` with its digests of `algorithms`, too, if its file is in hand.

    Raises:
        InputInvalid: the file can't be read, or is not what it was.
    """
    known = {digest.algorithm: digest.value for digest in subject.digests}
    if subject.file is None or algorithms <= known.keys():
        return subject
    digests = hash_file(Path(subject.file), algorithms=(*known, *sorted(algorithms - known.keys())))
    if any(digests[algorithm] != value for algorithm, value in known.items()):
        raise InputInvalid(f"{subject.file} changed while it was verified", hint="run the command again")
    return Subject(
        name=subject.name,
        digests=tuple(Digest(algorithm=each, value=digests[each]) for each in digests),
        purl=subject.purl,
        file=subject.file,
    )


def _component(text: str) -> Purl:
    if not text:  # usually a variable of a script that is not set
        raise InputInvalid("the purl is empty", hint="give it a value, or omit the option")
    try:
        return parse_purl(text)
    except PurlInvalid as error:
        hint = f"its canonical spelling is {error.fix}" if error.fix else ""
        raise InputInvalid(f"purl {text}: {error}", hint=hint) from error


def resolve_moment(now: datetime | None) -> datetime:
    """`now` in UTC, by whose calendar accepted gaps and support end; the clock's time if it is None.

    Raises:
        InputInvalid: a time without a time zone, which may mean any of 25 hours.
    """
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise InputInvalid(
            f"now is {now.isoformat()}, without a time zone", hint="write datetime(…, tzinfo=UTC)"
        )
    return now.astimezone(UTC)


def read_declaration(path: Path, *, now: datetime) -> Declaration:
    """The declaration in `path`; dates after the latest calendar day on earth at `now` are in the future.

    Raises:
        InputInvalid: the file can't be read, or has errors; carries all of them.
    """
    from avow.declaration.avow_yaml import parse_declaration  # noqa: PLC0415  17 ms that verifying can save

    return parse_declaration(
        read_bounded(path, max_bytes=MAX_DECLARATION_BYTES),
        source=str(path),
        catalogue=load_catalogue(),
        today=latest_date_on_earth(now),
    )
