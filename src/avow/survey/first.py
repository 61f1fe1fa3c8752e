"""What to do first: at most three actions, in an order that does not depend on any score.

Malware before what is exploited somewhere, before known vulnerabilities, before support that has ended. Where
most components were not looked up, that comes before what is known of the others. An action is something
that the reader can do; what the law asks of a manufacturer is not repeated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Final

from avow.record import Action, Component, EndOfLife, Proposal, Upstream, Vulnerability, Why
from avow.values import shortlist

MOST_ACTIONS: Final = 3
SHOWN_NAMES: Final = 3


def first_actions(
    *,
    components: Sequence[Component],
    upstreams: Sequence[Upstream],
    vulnerabilities: Sequence[Vulnerability],
    end_of_life: Sequence[EndOfLife],
    proposals: Sequence[Proposal],
) -> tuple[Action, ...]:
    """The first three of what there is to do."""
    found = _actions(components, upstreams, vulnerabilities, end_of_life, proposals)
    return tuple(islice(found, MOST_ACTIONS))


def _actions(
    components: Sequence[Component],
    upstreams: Sequence[Upstream],
    vulnerabilities: Sequence[Vulnerability],
    end_of_life: Sequence[EndOfLife],
    proposals: Sequence[Proposal],
) -> Iterator[Action]:
    names = {each.id: each.label for each in components}
    if malicious := [each for each in vulnerabilities if each.malicious]:
        listed = shortlist((names[id_] for id_ in _components(malicious)), most=SHOWN_NAMES)
        yield _about(
            malicious,
            f"remove {listed}, or show that it is another package",
            "an advisory says that the package itself is malicious",
        )
    if exploited := [each for each in vulnerabilities if each.exploited and not each.malicious]:
        listed = shortlist((each.key for each in exploited), most=SHOWN_NAMES)
        yield _about(
            exploited,
            f"find out whether {listed} can be exploited in the product",
            "exploited somewhere; is the component shipped, and the code reachable?",
        )
    open_ones = [each for each in components if not each.looked_up]
    blind = 2 * len(open_ones) > len(components)
    if blind:
        yield _look_up(open_ones)
    if any(not each.malicious for each in vulnerabilities):
        yield _most_affected(vulnerabilities, components, upstreams)
    if open_ones and not blind:
        yield _look_up(open_ones)
    if ended := [each for each in end_of_life if each.state == "eol"]:
        products = shortlist(dict.fromkeys(each.product for each in ended), most=SHOWN_NAMES)
        yield Action(
            what=f"plan for {products}, whose support has ended",
            why="new vulnerabilities in these release lines may not be fixed upstream",
            components=tuple(dict.fromkeys(each.component for each in ended)),
        )
    if proposals:
        yield Action(
            what=f"review {_count(len(proposals), 'proposed row')} of avow.map (avow survey --propose FILE)",
            why="they say what a component is, or which project it comes from",
            components=tuple(dict.fromkeys(each.component for each in proposals)),
        )


_NEXT: Final[Mapping[Why, tuple[str, str]]] = MappingProxyType(
    {
        Why.NO_SNAPSHOT: (
            "get public data (avow data fetch --all) and survey again",
            "no snapshot of advisories was given",
        ),
        Why.ECOSYSTEM_NOT_COVERED: (
            "get data of more ecosystems, or findings of a tool that has them",
            "no data in hand is about their ecosystems",
        ),
        Why.NO_PURL: (
            "ask for package URLs in the SBOM, or say in avow.map what components are",
            "they have no package URL (purl)",
        ),
        Why.BAD_PURL: (
            "have the package URLs of the SBOM corrected",
            "their package URL (purl) can't be read",
        ),
        Why.NO_VERSION: ("ask for versions in the SBOM", "they have no version"),
        Why.VERSION_NOT_PARSED: (
            "ask for versions in the form of their ecosystem",
            "their version can't be placed in the order of their ecosystem",
        ),
        Why.NO_DISTRO: (
            "ask for the release of the distribution in package URLs (distro=debian-12)",
            "advisories of a distribution are about a release of it",
        ),
        Why.UNUSABLE_ENTRY: ("have the SBOM corrected where entries can't be read", "they can't be read"),
    }
)
"""What helps with the commonest reason, and the reason."""


def _look_up(open_ones: Sequence[Component]) -> Action:
    reasons = Counter(each.why for each in open_ones if each.why is not None)
    why, count = reasons.most_common(1)[0]
    what, reason = _NEXT[why]
    number = _count(len(open_ones), "component")
    most = "" if count == len(open_ones) else f", for {count:,} of them because"
    because = f" because {reason}" if not most else f"{most} {reason}"
    return Action(
        what=what,
        why=f"{number} {'was' if len(open_ones) == 1 else 'were'} not looked up{because}",
        components=tuple(each.id for each in open_ones),
    )


def _most_affected(
    known: Sequence[Vulnerability], components: Sequence[Component], upstreams: Sequence[Upstream]
) -> Action:
    """Look at the upstream project with the most vulnerabilities, if there is one."""
    of = {each.id: each.upstream for each in components}
    labels = {each.id: each.label for each in upstreams}
    counted: Counter[str] = Counter()
    others = [each for each in known if not each.malicious]  # malware is an action of its own
    for vulnerability in others:
        counted.update({of[match.component] for match in vulnerability.matches})
    upstream, count = counted.most_common(1)[0]
    if list(counted.values()).count(count) > 1:
        number = _count(len(others), "known vulnerability", "known vulnerabilities")
        return _about(
            others,
            f"decide about {number} in {_count(len(counted), 'upstream project')} (avow plan update)",
            "no upstream project has more than the others",
        )
    its = [each for each in others if any(of[match.component] == upstream for match in each.matches)]
    more = "more than in any other upstream project"
    return Action(
        what=f"look at {labels[upstream]}",
        why=f"{count:,} of the {_count(len(known), 'known vulnerability', 'known vulnerabilities')} "
        f"{'is' if count == 1 else 'are'} in it{f', {more}' if len(counted) > 1 else ''}",
        components=tuple(each for each in _components(its) if of[each] == upstream),
        vulnerabilities=tuple(each.key for each in its),
    )


def _about(vulnerabilities: Sequence[Vulnerability], what: str, why: str) -> Action:
    return Action(
        what=what,
        why=why,
        components=_components(vulnerabilities),
        vulnerabilities=tuple(each.key for each in vulnerabilities),
    )


def _components(vulnerabilities: Sequence[Vulnerability]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.component for each in vulnerabilities for match in each.matches))


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
