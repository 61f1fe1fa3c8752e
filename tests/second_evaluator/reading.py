"""Reading of candidates: the parsing rules of declared-practices/v0.1/spec.md, and of the withdrawal."""

import datetime
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .versions import covers, read_range

DECLARATION = "https://avow-attest.github.io/declared-practices/v0.1"
WITHDRAWAL = "https://avow-attest.github.io/declared-practices-withdrawal/v0.1"
STATEMENT_TYPES = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
MINIMUM_SENTENCE = (
    "Voluntary statement of fact; not a certification, CE marking or guarantee; creates no duty, support "
    "obligation or supplier relationship; signing it makes no one a steward or manufacturer."
)
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SAFE = 2**53
DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128}
EPOCH = datetime.date(1970, 1, 1).toordinal()
TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?Z"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnreadableError(Exception):
    """No field is believed."""


class UnusableError(Exception):
    """It counts for nothing, with a reason."""


# Dates: rule 7. Moments are whole nanoseconds since 1970, so that nine digits of a fraction fit.


@lru_cache(maxsize=65536)
def day(text: object) -> int | None:
    """The first moment of a calendar day in UTC; None if it is not a `YYYY-MM-DD` of the calendar."""
    if not isinstance(text, str) or not DATE.fullmatch(text):
        return None
    try:
        return (datetime.date.fromisoformat(text).toordinal() - EPOCH) * DAY
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def moment(text: object) -> int | None:
    """A Timestamp: UTC with Z, seconds 00 to 59, up to nine digits of a fraction."""
    found = TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    begin = day(found[1]) if found else None
    if found is None or begin is None:
        return None
    seconds = int(found[2]) * HOUR + int(found[3]) * MINUTE + int(found[4]) * SECOND
    return begin + seconds + int((found[5] or "").ljust(9, "0"))


# JSON: rules 5 and 13.


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise UnreadableError("a key is there twice")
    return made


def _refuse(text: str) -> Any:
    raise UnreadableError(f"a number that readers round: {text[:20]}")


def _integer(text: str) -> int:
    if len(text) > 17:
        raise UnreadableError("an integer that readers round")
    return int(text)


def parse_json(text: str, *, strict_numbers: bool = True) -> Any:
    """JSON with no key twice; with strict numbers, with none that readers round."""
    try:
        if strict_numbers:
            return json.loads(
                text,
                object_pairs_hook=_pairs,
                parse_float=_refuse,
                parse_constant=_refuse,
                parse_int=_integer,
            )
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error


def check_json(value: Any) -> None:
    """Rule 5, numbers and text; rule 13, 200,000 values and 32 levels."""
    count = 0
    open_: list[tuple[Any, int]] = [(value, 1)]
    while open_:
        item, level = open_.pop()
        count += 1
        if count > 200_000:
            raise UnusableError("more than 200,000 values")
        if isinstance(item, dict | list):
            if level > 32:
                raise UnusableError("more than 32 levels")
            if isinstance(item, dict):
                for key in item:
                    check_text(key)
            open_ += [(x, level + 1) for x in (item.values() if isinstance(item, dict) else item)]
        elif isinstance(item, float):
            raise UnreadableError("a number with a fraction or an exponent")
        elif isinstance(item, int) and not -SAFE < item < SAFE:
            raise UnreadableError("an integer that readers round")
        elif isinstance(item, str):
            check_text(item)


def check_text(text: str) -> None:
    """Half of a surrogate pair is not a character, and can't be written as UTF-8."""
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise UnreadableError("half of a surrogate pair")


def canonical_bytes(value: Any) -> bytes:
    """What the vectors take for the bytes of a `payload`: sorted keys, no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


# Package URLs.

LOWER_NAMESPACE = {
    "alpm",
    "apk",
    "bitbucket",
    "composer",
    "deb",
    "github",
    "golang",
    "hex",
    "npm",
    "qpkg",
    "rpm",
    "vscode-extension",
}
LOWER_NAME = {
    "alpm",
    "apk",
    "bitbucket",
    "bitnami",
    "composer",
    "deb",
    "github",
    "golang",
    "hex",
    "luarocks",
    "npm",
    "oci",
    "otp",
    "pub",
    "pypi",
    "vscode-extension",
}
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~:"
PURL = re.compile(r"pkg:([a-z][a-z0-9.+-]*)/([^@?#]+)(?:@([^@?#]+))?(?:\?([^?#]+))?(?:#([^#?]+))?")
ENCODED = re.compile(r"(?:[A-Za-z0-9._~:-]|%[0-9A-F]{2})+")
PERCENT = re.compile(rb"%([0-9A-F]{2})")


@dataclass(frozen=True)
class Purl:
    component: str  # the canonical text without the version
    type: str
    version: str | None


def _plain(part: str) -> str | None:
    """The decoded text of a part that is encoded as canonical form asks, else None."""
    if not ENCODED.fullmatch(part):
        return None
    raw = PERCENT.sub(lambda m: bytes([int(m[1], 16)]), part.encode("ascii"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    again = "".join(c if c in UNRESERVED else "".join(f"%{b:02X}" for b in c.encode()) for c in text)
    return text if again == part else None


@lru_cache(maxsize=8192)
def purl(text: str) -> Purl | None:
    """A package URL in canonical form (rule 12), else None."""
    found = PURL.fullmatch(text)
    if not found:
        return None
    kind, path, version, qualifiers, subpath = found.groups()
    parts = [_plain(p) for p in path.split("/")]
    if any(p is None or "/" in p for p in parts):
        return None
    *namespace, name = [p for p in parts if p is not None]
    if kind in LOWER_NAMESPACE and any(p != p.lower() for p in namespace):
        return None
    if kind in LOWER_NAME and name != name.lower():
        return None
    if kind == "pypi" and "_" in name:
        return None
    plain = _plain(version) if version is not None else None
    if version is not None and plain is None:
        return None
    if qualifiers is not None:
        keys = []
        for pair in qualifiers.split("&"):
            key, _, value = pair.partition("=")
            if not re.fullmatch(r"[a-z.\-_][a-z0-9.\-_]*", key) or _plain(value) is None:
                return None
            keys.append(key)
        if keys != sorted(set(keys)):
            return None
    if subpath is not None:
        steps = [_plain(p) for p in subpath.split("/")]
        if any(p is None or p in (".", "..") or "/" in p for p in steps):
            return None
    rest = (f"?{qualifiers}" if qualifiers else "") + (f"#{subpath}" if subpath else "")
    return Purl(f"pkg:{kind}/{path}{rest}", kind, plain)


def repository(uri: str) -> str:
    """Rule 12: what is left after `git+`, then every `/` at the end, then `.git`."""
    return uri.removeprefix("git+").rstrip("/").removesuffix(".git")


def has_word(text: object) -> bool:
    return isinstance(text, str) and any(c.isalnum() for c in text)


# Types of fields: rule 5. A shape is a type, a list of a shape, or an object of shapes; others are ignored.

TIME = object()
DATE_ = object()
ANY = object()
DIGEST_SET = object()
RESOURCE = {
    "name": str,
    "uri": str,
    "digest": DIGEST_SET,
    "content": str,
    "downloadLocation": str,
    "mediaType": str,
    "annotations": dict,
}
PREDICATE: dict[str, Any] = {
    "kind": str,
    "catalogue": {"id": str, "version": str, "uri": str, "digest": DIGEST_SET},
    "declaredAt": TIME,
    "validUntil": TIME,
    "declarant": {
        "relationship": str,
        "role": str,
        "contact": str,
        "fundedBy": [str],
        "supportOffers": [str],
        "requests": str,
        "organization": {"name": str, "legalEntity": bool, "website": str},
    },
    "scope": {
        "project": {"name": str, "uri": str},
        "purls": [str],
        "versions": str,
        "knownAs": [str],
        "source": {"uri": str, "digest": DIGEST_SET},
    },
    "practices": [
        {
            "id": str,
            "status": str,
            "coverage": str,
            "reason": str,
            "justification": str,
            "implementedBy": str,
            "facts": dict,
            "reviewedAt": DATE_,
            "note": str,
            "trackingUrl": str,
            "evidence": [
                {
                    "type": str,
                    "strength": str,
                    "resource": RESOURCE,
                    "retrievedAt": TIME,
                    "note": str,
                    "tool": {"name": str, "version": str},
                }
            ],
        }
    ],
    "integrator": [
        {"ref": str, "handling": str, "provided": str, "leftToIntegrator": str, "justification": str}
    ],
    "assumptions": [{"id": str, "text": str, "ifViolated": str}],
    "dependencyCoverage": {
        "sbom": RESOURCE,
        "controlled": [str],
        "monitored": [str],
        "reportedOnly": [str],
        "notCovered": str,
    },
    "supersedes": [{"payloadSha256": str, "reason": str}],
    "limitations": [str],
}


def fits(value: Any, shape: Any) -> bool:
    """Whether a value, and the fields of it that the page knows, have the types that the page says."""
    if shape is TIME:
        return moment(value) is not None if isinstance(value, str) else False
    if shape is DATE_:
        return day(value) is not None if isinstance(value, str) else False
    if shape is DIGEST_SET:
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            fits(value[key], inner) for key, inner in shape.items() if key in value
        )
    return isinstance(value, shape)


@dataclass(eq=False)
class Envelope:
    """A statement of any predicate type, before its predicate is read."""

    subjects: list[dict[str, str]]
    predicate_type: str
    predicate: dict[str, Any]
    raw: dict[str, Any]


@dataclass(eq=False)
class Entry:
    """One entry of `practices`."""

    id: str
    status: str | None
    facts: dict[str, Any]
    reviewed: int | None
    reason: str | None
    justification: str | None
    evidence: list[dict[str, Any]]


@dataclass(eq=False)
class Declaration:
    """A statement of declared practices that is neither unreadable nor unusable."""

    subjects: list[dict[str, str]]
    kind: str
    declared: int
    valid_until: int
    purls: list[Purl]
    versions: str | None
    source: tuple[str, str | None] | None
    entries: dict[str, Entry]
    dependencies: bool
    supersedes: set[str]
    made: int


@dataclass(eq=False)
class Withdrawal:
    """A withdrawal that can be heard: payload -> `supersededBy`."""

    subjects: list[dict[str, str]]
    withdrawn_at: int | None
    entries: dict[str, str | None] = field(default_factory=dict)


def payload_of(given: dict[str, Any]) -> tuple[Any, str]:
    """The JSON value of a signed thing, and the SHA-256 of its payload."""
    if "text" in given:
        raw = given["text"].encode("utf-8", "surrogatepass")
        return None, hashlib.sha256(raw).hexdigest()
    raw = canonical_bytes(given["payload"])
    return given["payload"], hashlib.sha256(raw).hexdigest()


def envelope(given: dict[str, Any]) -> Envelope:
    """The level of the statement: `_type`, subjects, predicate type."""
    if "text" in given:
        if len(given["text"].encode("utf-8", "surrogatepass")) > 4 * 2**20:
            raise UnusableError("more than 4 MiB")
        value = parse_json(given["text"])
    else:
        value = given["payload"]
    check_json(value)
    if not isinstance(value, dict):
        raise UnreadableError("no object")
    if value.get("_type") not in STATEMENT_TYPES:
        raise UnreadableError("another type of statement")
    subjects = value.get("subject")
    if not isinstance(subjects, list) or not fits(subjects, [RESOURCE]):
        raise UnreadableError("subjects of another type")
    if len(subjects) > 10_000:
        raise UnusableError("more than 10,000 subjects")
    digests = []
    for subject in subjects:
        digest = subject.get("digest")
        if not digest:
            raise UnreadableError("a subject without any digest")
        for algorithm, hexadecimal in digest.items():
            length = DIGESTS.get(algorithm)
            if length and not re.fullmatch(f"[0-9a-f]{{{length}}}", hexadecimal):
                raise UnreadableError("a damaged digest")
        digests.append(digest)
    if not isinstance(value.get("predicateType"), str) or not isinstance(value.get("predicate"), dict):
        raise UnreadableError("no predicate")
    return Envelope(digests, value["predicateType"], value["predicate"], value)


def unique(items: list[dict[str, Any]], key: str) -> bool:
    found = [item[key] for item in items if key in item]
    return len(found) == len(set(found))


def declaration(found: Envelope, verified: int) -> Declaration:
    """Parsing rules 4 to 7, and 12 and 13 as far as they are about one statement."""
    p = found.predicate
    core = ("catalogue", "declaredAt", "validUntil", "declarant", "scope", "practices", "limitations")
    if any(key not in p for key in core) or not fits(p, PREDICATE):
        raise UnreadableError("a core field is missing, or a field is of another type")
    if "relationship" not in p["declarant"] or "project" not in p["scope"]:
        raise UnreadableError("a core field is missing")
    kind = p.get("kind", "release")
    entries, scope = p["practices"], p["scope"]
    if kind not in ("release", "project") or p["catalogue"].get("id") != "declared-practices":
        raise UnusableError("another kind or catalogue")
    if not entries or MINIMUM_SENTENCE not in p["limitations"]:
        raise UnusableError("no entry, or without the minimum sentence")
    declared, valid_until = moment(p["declaredAt"]), moment(p["validUntil"])
    if declared is None or valid_until is None or valid_until <= declared:
        raise UnusableError("it ends before it begins")
    if not (
        unique(entries, "id")
        and unique(p.get("integrator", []), "ref")
        and unique(p.get("assumptions", []), "id")
    ):
        raise UnusableError("something is there twice")
    if len(scope.get("purls", [])) > 1000 or len(entries) > 500:
        raise UnusableError("beyond the bounds")
    if declared > verified + MINUTE:
        raise UnusableError("declared after the signing")
    last_day = (verified + 14 * HOUR) // DAY * DAY
    made_entries: dict[str, Entry] = {}
    for entry in entries:
        reviewed = day(entry["reviewedAt"]) if "reviewedAt" in entry else None
        if reviewed is not None and reviewed > last_day:
            raise UnusableError("reviewed after the signing")
        pieces = entry.get("evidence", [])
        if len(pieces) > 100:
            raise UnusableError("more than 100 pieces of evidence for one practice")
        for piece in pieces:
            retrieved = moment(piece["retrievedAt"]) if "retrievedAt" in piece else None
            if retrieved is not None and retrieved > verified + MINUTE:
                raise UnusableError("retrieved after the signing")
        if "id" in entry:
            made_entries[entry["id"]] = Entry(
                entry["id"],
                entry.get("status"),
                entry.get("facts", {}),
                reviewed,
                entry.get("reason"),
                entry.get("justification"),
                pieces,
            )
    purls = [purl(text) for text in scope.get("purls", [])]
    if any(name is None for name in purls):
        raise UnusableError("a package URL that is not in canonical form")
    versions = scope.get("versions")
    if versions is not None and read_range(versions) is None:
        raise UnusableError("a range that is not usable")
    source = None
    if "source" in scope and "uri" in scope["source"]:
        source = (scope["source"]["uri"], scope["source"].get("digest", {}).get("gitCommit"))
    lists = p.get("dependencyCoverage", {})
    return Declaration(
        subjects=found.subjects,
        kind=kind,
        declared=declared,
        valid_until=valid_until,
        purls=[name for name in purls if name],
        versions=versions,
        source=source,
        entries=made_entries,
        dependencies=any(lists.get(key) for key in ("controlled", "monitored", "reportedOnly")),
        supersedes={item["payloadSha256"] for item in p.get("supersedes", []) if "payloadSha256" in item},
        made=min(declared, verified),
    )


def withdrawal(found: Envelope) -> Withdrawal:
    """Rules 2 and 8 of the withdrawal: only `withdraws` with a SHA-256 is needed."""
    listed = found.predicate.get("withdraws")
    if not isinstance(listed, list) or len(listed) > 1000:
        raise UnusableError("withdraws nothing, or more than 1,000")
    made = Withdrawal(
        found.subjects,
        moment(found.predicate["withdrawnAt"])
        if isinstance(found.predicate.get("withdrawnAt"), str)
        else None,
    )
    for entry in listed:
        sha256 = entry.get("payloadSha256") if isinstance(entry, dict) else None
        if isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256):
            instead = entry.get("supersededBy")
            made.entries.setdefault(sha256, instead if isinstance(instead, str) else None)
    if not made.entries:
        raise UnusableError("no entry names a payload")
    return made


def about(subjects: list[dict[str, str]], artefact: dict[str, str]) -> bool:
    """Step 3: one subject shares an algorithm, and agrees in every one that is shared."""
    asked = {a: v for a, v in artefact.items() if a in DIGESTS}
    for subject in subjects:
        shared = [a for a in asked if a in subject]
        if shared and all(subject[a] == asked[a] for a in shared):
            return True
    return False


def names(found: Declaration, component: Purl | None) -> bool:
    """Step 4: one purl of the scope names the component, and the version if the consumer gave one."""
    if component is None or not found.purls:
        return True
    for name in found.purls:
        if name.component != component.component:
            continue
        if component.version is None or name.version == component.version:
            return True
        if name.version is None and (
            found.versions is None or covers(found.versions, component.type, component.version)
        ):
            return True
    return False


def version_in(found: Declaration, component: Purl | None) -> str | None:
    """The only version of the component in the scope of a statement (page evaluation, Version)."""
    if component is None:
        return None
    versions = {name.version for name in found.purls if name.component == component.component}
    only = versions.pop() if len(versions) == 1 else None
    return only
