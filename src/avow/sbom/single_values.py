"""Fields with one value and no room for a mark: end of support, level of support, licence.

What such a field says may be an earlier run's or somebody else's, so it is never replaced. Reported is each
that differs from the declaration, and each that an earlier run may have written and nobody declares any more.
Only in SPDX 3 a licence is an element of its own, which is known by its id, and renewed.

Source: predicates/sbom-fields.md, rules 3 and 7, level 2.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from avow.sbom.facts import Facts
from avow.sbom.fields import (
    END_OF_SUPPORT_PROPERTY,
    EmbeddableSbom,
    Form,
    Json,
    Written,
    items_of,
    put_items,
    text_of,
    values_of,
)
from avow.sbom.references import MAX_SHOWN

NO_ASSERTION: Final = "NOASSERTION"
"""What formats have where nothing is said."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_END_OF_DAY: Final = "T23:59:59Z"
_NO_LICENCE_IDS: Final = ("/NoAssertionLicense", "/NoAssertionElement", "_NoAssertionLicense")


@dataclass(frozen=True, slots=True)
class _Settling:
    """What is known for all fields of one component."""

    facts: Facts
    why_not: str
    """Why nothing is declared, if nothing of one practice is known."""
    had_marks: bool
    """An earlier run wrote something into this component."""
    written: Written

    def is_free(self, practice: str, name: str, wanted: Any, *, known: Any, is_our_form: bool) -> bool:
        """`wanted` is to be written; if it is not, `written` says why.

        `known` is what the document says, None for nothing; `is_our_form` that we could have written it so.
        """
        if wanted is None:
            if known is not None and is_our_form and self.had_marks:
                why = self.facts.why_not.get(practice, self.why_not)
                self.written.left.append(
                    f"{name} {_shown(known)} ({practice}): {why}; if an earlier run wrote it, remove it"
                )
            return False
        if known is None:
            self.written.added.append(f"{name} {_shown(wanted)} ({practice})")
            return True
        if known != wanted:
            advice = "; if an earlier run wrote it, remove it and embed again" if self.had_marks else ""
            self.written.left.append(
                f"{name} {_shown(wanted)} ({practice}): the document already says {_shown(known)}{advice}"
            )
        return False


def write_single_values(
    document: EmbeddableSbom, element: Json, facts: Facts, *, why_not: str, had_marks: bool, written: Written
) -> None:
    """Fill what says nothing, and report what says something else than `facts`."""
    settling = _Settling(facts, why_not, had_marks, written)
    match document.form:
        case Form.CYCLONEDX:
            _write_end_of_support(document, element, settling)
            _write_licence(document, element, settling)
        case Form.SPDX_2:
            _write_date(element, "validUntilDate", settling)
            known = element.get("licenseDeclared")
            known = None if known in (None, "", NO_ASSERTION) else known
            ours = isinstance(known, str) and known != "NONE"
            if settling.is_free("LIC-01", "licenseDeclared", facts.licence, known=known, is_our_form=ours):
                element["licenseDeclared"] = facts.licence
        case _:
            _write_date(element, "validUntilTime", settling)
            _write_level(document, element, settling)
            _write_licence_elements(document, element, settling)


def _day(facts: Facts) -> str | None:
    until = facts.security_until
    return until if until and _DAY.fullmatch(until) else None


def _write_end_of_support(document: EmbeddableSbom, element: Json, settling: _Settling) -> None:
    name, day = END_OF_SUPPORT_PROPERTY, _day(settling.facts)
    before = items_of(document, element, "properties")
    values = [each for each in values_of(before, name) if each]
    known = None if not values else day if day in values else ", ".join(values)
    ours = len(values) == 1 and _DAY.fullmatch(values[0]) is not None
    if settling.is_free("SUP-01", name, day, known=known, is_our_form=ours):
        empty = [each for each in before if not (isinstance(each, dict) and each.get("name") == name)]
        put_items(element, "properties", before, [*empty, {"name": name, "value": day}])


def _write_date(element: Json, name: str, settling: _Settling) -> None:
    day = _day(settling.facts)
    known = element.get(name) or None
    ours = isinstance(known, str) and known.endswith(_END_OF_DAY)
    wanted = f"{day}{_END_OF_DAY}" if day else None
    if settling.is_free("SUP-01", name, wanted, known=known, is_our_form=ours):
        element[name] = wanted


def _write_level(document: EmbeddableSbom, element: Json, settling: _Settling) -> None:
    until = settling.facts.security_until
    level = {None: None, "bestEffort": None, "ended": "endOfSupport"}.get(until, "support")
    levels = items_of(document, element, "supportLevel")
    known = levels if any(each not in (None, "", "noAssertion") for each in levels) else None
    wanted = [level] if level else None
    ours = known in (["support"], ["endOfSupport"])
    if settling.is_free("SUP-01", "supportLevel", wanted, known=known, is_our_form=ours):
        element["supportLevel"] = wanted


def _write_licence(document: EmbeddableSbom, element: Json, settling: _Settling) -> None:
    """The licence in CycloneDX, as one expression."""
    licence = settling.facts.licence
    marked = {"acknowledgement": "declared"} if document.version != "1.5" else {}
    known: Any = element.get("licenses")
    if not known or (isinstance(known, list) and all(map(_says_no_licence, known))):
        known = None
    ours = (
        isinstance(known, list)
        and len(known) == 1
        and isinstance(known[0], dict)
        and known[0] == {"expression": known[0].get("expression")} | marked
    )
    wanted = [{"expression": licence} | marked] if licence is not None else None
    if settling.is_free("LIC-01", "licenses", wanted, known=known, is_our_form=ours):
        element["licenses"] = wanted


def _says_no_licence(each: object) -> bool:
    if not isinstance(each, dict):
        return False
    licence = each.get("license")
    named = licence if isinstance(licence, dict) else {}
    return NO_ASSERTION in (each.get("expression"), named.get("id"), named.get("name"))


def _write_licence_elements(document: EmbeddableSbom, element: Json, settling: _Settling) -> None:
    """In SPDX 3 a licence is an element, and a relationship leads to it; both are known by their ids."""
    graph, package, created = document.graph, element.get("spdxId"), element.get("creationInfo")
    wanted, written = settling.facts.licence, settling.written
    if graph is None or not isinstance(package, str) or not isinstance(created, str):
        if wanted is not None:
            written.left.append(
                "LIC-01: a licence is an element of its own, which needs a @graph, and the spdxId of the "
                "package and of its creationInfo"
            )
        return
    own = f"{package}-avow-declared-licence"
    made = _licence_elements(own, package, created=created, expression=wanted)
    known = [each for each in graph if isinstance(each, dict) and text_of(each.get("spdxId")) in made]
    if wanted is None:
        _remove_licence(graph, known, own, settling)
    elif known:
        before = [dict(each) for each in known]
        for each in known:
            each.update(made.pop(each["spdxId"], {}))
        graph += made.values()
        if made or before != known:
            written.replaced.append(f"declared licence {wanted} (LIC-01)")
    elif any(_says_licence(document, each, package) for each in graph):
        written.left.append(f"LIC-01 {wanted}: the document already says another hasDeclaredLicense")
    else:
        graph += made.values()
        written.added.append(f"declared licence {wanted} (LIC-01)")


def _licence_elements(own: str, package: str, *, created: str, expression: str | None) -> dict[str, Json]:
    relation = f"{own}-relationship"
    return {
        own: {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": own,
            "creationInfo": created,
            "simplelicensing_licenseExpression": expression,
        },
        relation: {
            "type": "Relationship",
            "spdxId": relation,
            "creationInfo": created,
            "relationshipType": "hasDeclaredLicense",
            "from": package,
            "to": [own],
        },
    }


def _remove_licence(graph: list[Any], known: list[Json], own: str, settling: _Settling) -> None:
    """Take out what an earlier run made, unless somebody else's element refers to it."""
    if not known:
        return
    rest = [each for each in graph if not any(each is one for one in known)]
    if _mentions(rest, own):
        why = settling.facts.why_not.get("LIC-01", settling.why_not)
        settling.written.left.append(f"declared licence {own} (LIC-01): {why}; something else refers to it")
        return
    graph[:] = rest
    settling.written.removed.append("declared licence (LIC-01)")


def _mentions(value: object, identifier: str) -> bool:
    if isinstance(value, dict | list):
        return any(
            _mentions(each, identifier) for each in (value.values() if isinstance(value, dict) else value)
        )
    return isinstance(value, str) and value in (identifier, f"{identifier}-relationship")


def _says_licence(document: EmbeddableSbom, each: object, package: str) -> bool:
    """A declared licence of the package; that there is no assertion is none."""
    if not isinstance(each, dict) or each.get("from") != package:
        return False
    if str(each.get("relationshipType")).rpartition("/")[2] != "hasDeclaredLicense":
        return False
    targets = items_of(document, each, "to")
    return not targets or not all(_is_no_assertion(document, target) for target in targets)


def _is_no_assertion(document: EmbeddableSbom, target: object) -> bool:
    found = document.elements.get(target, {}) if isinstance(target, str) else target
    expression = found.get("simplelicensing_licenseExpression") if isinstance(found, dict) else None
    return expression == NO_ASSERTION or (isinstance(target, str) and target.endswith(_NO_LICENCE_IDS))


def _shown(value: object) -> str:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:MAX_SHOWN]
