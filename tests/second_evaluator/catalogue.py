"""The specification's data, types of facts and conditions: catalogue/README.md and profiles/README.md."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .reading import DAY, DIGESTS, SAFE, day
from .versions import covers, read_range

ORDER = [
    "met",
    "compensated",
    "gapAccepted",
    "metWeakEvidence",
    "stale",
    "shortfall",
    "notApplicable",
    "declaredGap",
    "unknown",
    "conflict",
]
RANK = {outcome: place for place, outcome in enumerate(ORDER)}
STRENGTHS = {"E0": 0, "E1": 1, "E2": 2, "E3": 3, "E4": 4}
CLOSED_HOSTS = (
    "localhost",
    "local",
    "internal",
    "invalid",
    "test",
    "example.com",
    "example.net",
    "example.org",
)
NO_ANSWER = {
    "n/a",
    "n.a",
    "none",
    "nil",
    "null",
    "unknown",
    "todo",
    "tbd",
    "tba",
    "fixme",
    "xxx",
    "not applicable",
}
MISSING = object()


def worst(outcomes: Iterable[str]) -> str:
    """The worst of some outcomes; met if there are none."""
    return max(outcomes, key=RANK.__getitem__, default="met")


@dataclass(frozen=True)
class Context:
    """What conditions are judged against."""

    today: int
    scheme: str | None
    version: str | None


@dataclass(eq=False)
class Requirement:
    """What is asked of one practice; requirements for one practice act as one."""

    practice: str
    evidence: str = "E0"
    declarant: int | None = None  # days
    observer: int | None = None
    bound: bool = False
    conditions: list[dict[str, Any]] = field(default_factory=list)
    relationships: frozenset[str] | None = None
    or_else: bool = False
    recommended: bool = False

    @property
    def strength(self) -> int:
        return STRENGTHS[self.evidence]

    def join(self, other: "Requirement") -> None:
        """Page profiles, "How `extends` raises": nothing is ever lowered."""
        self.evidence = max(self.evidence, other.evidence, key=STRENGTHS.__getitem__)
        self.declarant = fewest(self.declarant, other.declarant)
        self.observer = fewest(self.observer, other.observer)
        self.bound = self.bound or other.bound
        self.conditions = self.conditions + other.conditions
        if other.relationships is not None:
            mine = other.relationships if self.relationships is None else self.relationships
            self.relationships = mine & other.relationships
        self.or_else = self.or_else and other.or_else


def fewest(one: int | None, other: int | None) -> int | None:
    return min((days for days in (one, other) if days is not None), default=None)


# Types of facts.

URL = re.compile(r"https?://([^/?#\s\\]+)([^?#\s\\]*)(\?[^#\s\\]*)?(#[^\s\\]*)?", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
EMAIL = re.compile(r"(?:mailto:)?([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+)@([A-Za-z0-9.-]+)")


def public_host(host: str) -> bool:
    """The name has a dot, is not a number, and is not and does not end with a name that is not public."""
    labels = host.lower().split(".")
    if len(labels) < 2 or not all(HOST.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return False
    return not any(".".join(labels) == end or host.lower().endswith("." + end) for end in CLOSED_HOSTS)


@lru_cache(maxsize=8192)
def url_parts(text: str) -> tuple[str, str, str] | None:
    """Path, query and fragment of a `url`, else None."""
    found = URL.fullmatch(text) if text.isascii() and text.isprintable() else None
    if not found:
        return None
    host, colon, port = found[1].partition(":")
    if colon and not (port.isdigit() and int(port) < 65536):
        return None
    return (found[2], found[3] or "", found[4] or "") if public_host(host) else None


def is_page(text: str) -> bool:
    parts = url_parts(text)
    return parts is not None and bool(parts[0].strip("/") or parts[1][1:] or parts[2][1:])


def is_email(text: str) -> bool:
    found = EMAIL.fullmatch(text)
    return found is not None and public_host(found[2])


def is_text(text: str) -> bool:
    """Text with a letter or digit that is not only a word for a missing answer."""
    places = [i for i, c in enumerate(text) if c.isalnum()]
    if not places:
        return False
    core = " ".join(text[places[0] : places[-1] + 1].split()).casefold()
    return core not in NO_ANSWER


class Data:
    """The catalogue, the licences, the observations and the profiles of one directory."""

    def __init__(self, directory: Path) -> None:
        catalogue = directory / "catalogue"
        self.practices: dict[str, dict[str, Any]] = {}
        for path in sorted(catalogue.glob("[A-Z][A-Z][A-Z]-[0-9][0-9].toml")):
            read = tomllib.loads(path.read_text(encoding="utf-8"))
            self.practices[read["id"]] = read
        self.vocabularies = tomllib.loads((catalogue / "catalogue.toml").read_text(encoding="utf-8"))[
            "vocabularies"
        ]
        licences = tomllib.loads((directory / "licences.toml").read_text(encoding="utf-8"))
        self.licences = {name.lower(): True for name in licences["open"]}
        self.licences |= {name.lower(): False for name in licences["other"]}
        self.exceptions = {name.lower() for name in licences["exceptions"]}
        self.checks = tomllib.loads((directory / "observations.toml").read_text(encoding="utf-8"))[
            "scorecard"
        ]["checks"]
        self.profiles: dict[str, dict[str, Any]] = {}
        for path in sorted((directory / "profiles").glob("*.toml")):
            if path.stem != "modifiers":
                self.profiles[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))

    # Types.

    def of_type(self, spec: dict[str, Any], value: Any, record: dict[str, Any] | None = None) -> bool:
        """Whether a value is of a type of the catalogue, as it is written."""
        kind = spec["type"]
        if kind == "boolean":
            return isinstance(value, bool)
        if kind == "integer":
            greatest = spec.get("maximum", SAFE - 1)
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= greatest
        if kind == "digestSet":
            return (
                isinstance(value, dict)
                and bool(value)
                and all(
                    a in DIGESTS and isinstance(v, str) and re.fullmatch(f"[0-9a-f]{{{DIGESTS[a]}}}", v)
                    for a, v in value.items()
                )
            )
        if kind == "list":
            return isinstance(value, list)
        if kind == "record":
            return isinstance(value, dict) and all(
                self.of_type(inner, value[name], value)
                if name in value
                else bool(inner.get("optional")) or "default" in inner
                for name, inner in spec["fields"].items()
            )
        return isinstance(value, str) and self.of_text(spec, value, record)

    def of_text(self, spec: dict[str, Any], value: str, record: dict[str, Any] | None) -> bool:
        """The types whose wire form is text."""
        kind = spec["type"]
        if kind == "url":
            return url_parts(value) is not None
        if kind == "page":
            return is_page(value)
        if kind == "email":
            return is_email(value)
        if kind == "contact":
            by_kind = spec.get("byKind", {}).get((record or {}).get("kind"), "either")
            return (
                (by_kind in ("email", "either") and is_email(value))
                or (by_kind == "page" and is_page(value))
                or (by_kind in ("url", "either") and url_parts(value) is not None)
            )
        if kind == "string":
            return is_text(value)
        if kind == "spdxExpression":
            return self.licence(value) is not None
        if kind == "date":
            return value >= "1990-01-01" and day(value) is not None
        if kind == "dateOrWord":
            return value in spec["words"] or (value >= "1990-01-01" and day(value) is not None)
        if kind == "versRange":
            return read_range(value) is not None
        if kind == "enum":
            return value in spec["values"]
        return False

    def item_spec(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The type of the items of a list, whose keys are those of the list."""
        return {**spec, "type": spec["of"]}

    def licence(self, text: str) -> bool | None:
        """None if it is not an SPDX expression of known ids; else whether open licences can meet it."""
        if len(text) > 2000 or text.count("(") > 50:
            return None
        tokens = re.findall(r"[()]|[^\s()]+", text)
        place = 0

        def take() -> str:
            nonlocal place
            place += 1
            return tokens[place - 1] if place <= len(tokens) else ""

        def peek() -> str:
            return tokens[place] if place < len(tokens) else ""

        def alone() -> bool:
            token = take()
            if token == "(":
                inside = either()
                if take() != ")":
                    raise ValueError
                return inside
            lower = token.lower()
            if lower in self.licences:
                found = self.licences[lower]
            elif lower.endswith("+") and lower[:-1] in self.licences:
                found = self.licences[lower[:-1]]
            elif re.fullmatch(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+", token):
                found = False
            else:
                raise ValueError
            if peek() == "WITH":
                take()
                if take().lower() not in self.exceptions:
                    raise ValueError
            return found

        def both() -> bool:
            found = alone()
            while peek() == "AND":
                take()
                found = alone() and found
            return found

        def either() -> bool:
            found = both()
            while peek() == "OR":
                take()
                found = both() or found
            return found

        try:
            found = either()
        except ValueError:
            return None
        return found if place == len(tokens) else None

    # Conditions.

    def holds(
        self,
        condition: dict[str, Any],
        spec: dict[str, Any] | None,
        value: Any,
        context: Context,
        record: dict[str, Any] | None = None,
    ) -> bool:
        """Whether one condition holds for the value of a fact, or of a field of an item."""
        op = condition["op"]
        if op == "empty":
            return value is MISSING or value == []
        if value is MISSING:
            return bool(condition.get("ifGiven"))
        if spec is None or not self.of_type(spec, value, record):
            return False
        if op in ("present", "nonEmpty"):
            if isinstance(value, list):
                fit = [self.of_type(self.item_spec(spec), item) for item in value]
                return all(fit) if op == "present" else any(fit)
            return op == "present" or isinstance(value, bool) or not isinstance(value, int) or value != 0
        if op == "isTrue":
            return value is True
        if op == "equals":
            return bool(type(value) is type(condition["value"]) and value == condition["value"])
        if op == "in":
            return any(type(value) is type(word) and value == word for word in condition["value"])
        if op in ("atLeast", "atMost"):
            if isinstance(value, bool) or not isinstance(value, int):
                return False
            return bool(value >= condition["value"] if op == "atLeast" else value <= condition["value"])
        if op == "openLicence":
            return self.licence(value) is True
        if op == "versionCovered":
            return covers(value, context.scheme, context.version)
        moment = day(value)
        if op == "dateAfterEvaluation":
            return moment > context.today if moment is not None else value in condition.get("value", [])
        if op == "dateByEvaluation":
            return moment is not None and moment <= context.today
        return False

    def items(self, spec: dict[str, Any], facts: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """The items of a list of records that are of their type."""
        value = facts.get(name)
        if not isinstance(value, list):
            return []
        inner = self.item_spec(spec)
        return [item for item in value if self.of_type(inner, item)]

    def item_holds(
        self,
        condition: dict[str, Any],
        spec: dict[str, Any],
        item: dict[str, Any],
        items: list[dict[str, Any]],
        context: Context,
    ) -> bool:
        """One condition on `list[].field` for one item; with `oncePer`, one item per provider at most."""
        name = condition["fact"].partition("[].")[2]
        inner = spec["fields"][name]
        value = item.get(name, inner.get("default", MISSING))
        if not self.holds(condition, inner, value, context, item):
            return False
        if "oncePer" not in condition:
            return True

        def provider(one: dict[str, Any]) -> list[Any]:
            return [one.get(key, spec["fields"][key].get("default")) for key in condition["oncePer"]]

        same = [
            one
            for one in items
            if provider(one) == provider(item)
            and self.holds(condition, inner, one.get(name, MISSING), context, one)
        ]
        return len(same) == 1

    def satisfying(
        self, practice: dict[str, Any], name: str, facts: dict[str, Any], context: Context
    ) -> list[dict[str, Any]]:
        """The items of a list that satisfy the catalogue's own conditions on it."""
        spec = practice["facts"].get(name)
        if spec is None or spec.get("of") != "record":
            return []
        items = self.items(spec, facts, name)
        found: list[dict[str, Any]] = []
        for key in ("implementedWhen", "orImplementedWhen", "usableWhen"):
            if key not in practice:
                continue
            group = [c for c in practice[key] if c["fact"].startswith(name + "[].")]
            if not self.failures(practice, practice[key], facts, context):
                found += [
                    item
                    for item in items
                    if all(self.item_holds(c, spec, item, items, context) for c in group)
                ]
        return found

    def word(self, practice: dict[str, Any], spec: dict[str, Any] | None, value: Any) -> str:
        """What the catalogue says for the word that fails, else the outcome of any failure."""
        default = "unknown" if practice["kind"] == "observation" else "declaredGap"
        if spec and spec["type"] in ("enum", "dateOrWord") and isinstance(value, str):
            return str(practice.get("outcomes", {}).get(value, default))
        return default

    def failures(
        self,
        practice: dict[str, Any],
        conditions: list[dict[str, Any]],
        facts: dict[str, Any],
        context: Context,
    ) -> list[str]:
        """The outcome of each condition of one list that does not hold; none if all hold."""
        found: list[str] = []
        groups: dict[str, list[dict[str, Any]]] = {}
        for condition in conditions:
            name, every, field_name = condition["fact"].partition("[*].")
            if every:
                found += self.every(practice, condition, name, field_name, facts, context)
            elif "[]." in condition["fact"]:
                groups.setdefault(condition["fact"].partition("[].")[0], []).append(condition)
            else:
                spec = practice["facts"].get(name)
                value = facts.get(name, MISSING)
                if not self.holds(condition, spec, value, context):
                    found.append(self.word(practice, spec, value))
        for name, group in groups.items():
            found += self.group(practice, name, group, facts, context)
        return found

    def every(
        self,
        practice: dict[str, Any],
        condition: dict[str, Any],
        name: str,
        field_name: str,
        facts: dict[str, Any],
        context: Context,
    ) -> list[str]:
        """`list[*].field`: every item as written is of its type and satisfies it."""
        spec = practice["facts"][name]
        value = facts.get(name, [])
        default = self.word(practice, None, None)
        if not isinstance(value, list):
            return [default]
        found = []
        for item in value:
            if not self.of_type(self.item_spec(spec), item):
                found.append(default)
                continue
            inner = spec["fields"][field_name]
            given = item.get(field_name, inner.get("default", MISSING))
            if not self.holds(condition, inner, given, context, item):
                found.append(self.word(practice, inner, given))
        return found

    def group(
        self,
        practice: dict[str, Any],
        name: str,
        group: list[dict[str, Any]],
        facts: dict[str, Any],
        context: Context,
    ) -> list[str]:
        """`list[].field`: one and the same item satisfies all conditions on that list."""
        spec = practice["facts"][name]
        items = self.items(spec, facts, name)
        near: list[str] = []
        for item in items:
            failed = [c for c in group if not self.item_holds(c, spec, item, items, context)]
            if not failed:
                return []
            if len(failed) == 1:
                field_name = failed[0]["fact"].partition("[].")[2]
                near.append(self.word(practice, spec["fields"][field_name], item.get(field_name)))
        return [worst(near)] if near else [self.word(practice, None, None)]

    def facts_outcome(self, practice: dict[str, Any], facts: dict[str, Any], context: Context) -> str | None:
        """Rule facts: None if the facts meet the catalogue's conditions, else the worst outcome."""
        outcomes: list[str] = []
        if practice["kind"] == "observation":
            # A word for which the catalogue names an outcome has it, whatever else is said.
            outcomes += self.named(practice, facts)
            outcomes = outcomes or self.failures(practice, practice.get("usableWhen", []), facts, context)
        else:
            outcomes += self.failures(practice, practice["implementedWhen"], facts, context)
            other = practice.get("orImplementedWhen")
            if outcomes and other is not None:
                second = self.failures(practice, other, facts, context)
                outcomes = outcomes + second if second else []
        return worst(outcomes) if outcomes else None

    def named(self, practice: dict[str, Any], facts: dict[str, Any]) -> list[str]:
        """Of an observation: the outcomes that the catalogue names for words among its facts."""
        words = practice.get("outcomes", {})
        return [
            words[value]
            for name, spec in practice["facts"].items()
            if spec["type"] in ("enum", "dateOrWord")
            and isinstance(value := facts.get(name), str)
            and value in words
            and self.of_type(spec, value)
        ]

    def usable_fact(self, practice: dict[str, Any], facts: dict[str, Any]) -> bool:
        """Whether any fact that the catalogue lists is of its type."""
        return any(
            name in facts and self.of_type(spec, facts[name]) for name, spec in practice["facts"].items()
        )

    # Profiles.

    def own_condition(
        self,
        practice: dict[str, Any],
        condition: dict[str, Any],
        facts: dict[str, Any],
        context: Context,
        support_until: str | None,
    ) -> bool:
        """A requirement's own condition (page profiles)."""
        if "anyOf" in condition:
            return any(
                self.own_condition(practice, one, facts, context, support_until) for one in condition["anyOf"]
            )
        name, listed, field_name = condition["fact"].partition("[].")
        spec = practice["facts"].get(name)
        if spec is None:
            return False
        if listed:
            inner = spec["fields"].get(field_name)
            return inner is not None and any(
                field_name in item and self.own_holds(condition, inner, item[field_name], support_until)
                for item in self.satisfying(practice, name, facts, context)
            )
        return name in facts and self.own_holds(condition, spec, facts[name], support_until)

    def own_holds(
        self, condition: dict[str, Any], spec: dict[str, Any], value: Any, support_until: str | None
    ) -> bool:
        if not self.of_type(spec, value):
            return False
        if condition["op"] == "atLeast":
            return isinstance(value, int) and not isinstance(value, bool) and value >= condition["value"]
        if condition["op"] == "equals":
            return type(value) is type(condition["value"]) and bool(value == condition["value"])
        if condition["op"] == "coversProductSupport":
            until, end = day(value), day(support_until)
            return until is not None and end is not None and until >= end
        return False

    def asked(self, policy: dict[str, Any]) -> tuple[dict[str, Requirement], int, int]:
        """The requirements and recommendations of a policy, the greatest age and the greatest validity."""
        chain: list[dict[str, Any]] = []
        name = policy.get("profile")
        while name is not None:
            if name not in self.profiles or self.profiles[name] in chain:
                raise ValueError(f"no such profile, or a cycle: {name}")
            chain.insert(0, self.profiles[name])
            name = self.profiles[name].get("extends")
        limits = [profile.get("statement", {}) for profile in chain]
        age = min((x["maxAgeDays"] for x in limits if "maxAgeDays" in x), default=730)
        validity = min((x["maxValidityDays"] for x in limits if "maxValidityDays" in x), default=731)
        found: dict[str, Requirement] = {}

        def add(one: Requirement) -> None:
            if one.declarant is None and one.observer is None and not one.bound:
                one.declarant = age
            if one.practice in found:
                found[one.practice].join(one)
            else:
                found[one.practice] = one

        for profile in chain:
            for row in profile.get("required", []):
                for practice in row["practices"]:
                    add(
                        Requirement(
                            practice,
                            row["evidence"],
                            row.get("withinDays") if row.get("by") == "declarant" else None,
                            row.get("withinDays") if row.get("by") == "observer" else None,
                            row.get("bound") == "release",
                            [row["condition"]] if "condition" in row else [],
                            frozenset(row["relationships"]) if "relationships" in row else None,
                            "orElse" in row,
                        )
                    )
        for row in policy.get("require", []):
            days = int(row["within"].split()[0]) if "within" in row else None
            add(
                Requirement(
                    row["practice"],
                    row.get("evidence", "E0"),
                    days if row.get("by") == "declarant" else None,
                    days if row.get("by") == "observer" else None,
                    row.get("bound") == "release",
                    [],
                    frozenset(row["relationships"]) if "relationships" in row else None,
                )
            )
        for profile in chain:
            for practice in profile.get("recommended", []):
                if practice not in found:
                    found[practice] = Requirement(practice, "E0", age, recommended=True)
        return found, age, validity


@lru_cache(maxsize=8)
def load(directory: Path) -> Data:
    """The data of a directory, read once."""
    return Data(directory)


def days(number: int) -> int:
    return number * DAY
