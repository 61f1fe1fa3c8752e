"""Small records and plans, for what comes after a survey."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from avow.plan import Plan, read_plan
from avow.record import (
    Component,
    Exploited,
    Match,
    Place,
    SurveyRecord,
    Tool,
    Totals,
    Upstream,
    Vulnerability,
)

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
TOTALS: Final = Totals(
    sboms=1, entries=0, components=0, upstreams=0, upstreams_named=0, looked_up=0, not_looked_up=0
)


def component(number: int, name: str, *, version: str = "1.0.0", sboms: int = 1, **more: Any) -> Component:
    """One component, in as many SBOMs."""
    return Component(
        id=f"c{number}",
        name=name,
        version=version,
        purl=f"pkg:npm/{name}@{version}",
        upstream=f"u{number}",
        places=tuple(Place(sbom=f"s{each}", at="/components/0") for each in range(sboms)),
        looked_up=True,
        **more,
    )


def vulnerability(key: str, *components: str, ids: tuple[str, ...] = (), **more: Any) -> Vulnerability:
    """A vulnerability in these components, fixed in 2.0.0 unless it says otherwise."""
    fixed = more.pop("fixed", ("2.0.0",))
    contested = more.pop("contested", False)
    matches = tuple(
        Match(component=each, advisory=f"GHSA-{key}", spoke="matching", fixed=fixed, contested=contested)
        for each in components
    )
    known = {"published": date(2026, 11, 2)} | more
    return Vulnerability(key=key, ids=ids or (key,), matches=matches, **known)


KEV: Final = (Exploited(source="CISA KEV", snapshot="kev", cve="CVE-2099-2", via="id"),)


def record(
    *components: Component, vulnerabilities: tuple[Vulnerability, ...] = (), **more: Any
) -> SurveyRecord:
    """A record in which each component is an upstream project of its own."""
    return SurveyRecord(
        tool=Tool(name="avow", version="0"),
        made=NOW,
        totals=TOTALS,
        sboms=(),
        components=components,
        upstreams=tuple(
            Upstream(
                id=each.upstream,
                key=f"pkg:npm/{each.name}",
                label=each.name,
                basis="purl",
                components=(each.id,),
            )
            for each in components
        ),
        vulnerabilities=vulnerabilities,
        **more,
    )


def plan(text: str) -> Plan:
    """The plan in `text`."""
    return read_plan(text.encode(), source="plan.yaml", now=NOW)
