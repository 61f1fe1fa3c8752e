"""What to do first: at most three actions, in an order that does not depend on any score.

Malware before what is exploited somewhere, before what can't be judged because nobody knows what it is,
before known vulnerabilities, before support that has ended. An action is something that the reader can do;
what the law asks of a manufacturer is not repeated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from avow.record import Action, Component, EndOfLife, Proposal, Upstream, Vulnerability

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
    names = {each.id: f"{each.name} {each.version}".strip() for each in components}
    if malicious := [each for each in vulnerabilities if each.malicious]:
        listed = _listed(names[id_] for id_ in _components(malicious))
        yield _about(
            malicious,
            f"remove {listed}, or show that it is another package",
            "an advisory says that the package itself is malicious",
        )
    if exploited := [each for each in vulnerabilities if each.exploited and not each.malicious]:
        yield _about(
            exploited,
            f"find out whether {_listed(each.key for each in exploited)} can be exploited in the product",
            "it is exploited somewhere: is the component shipped, and the code reachable?",
        )
    if proposals:
        yield Action(
            what=f"review {_count(len(proposals), 'proposed map row')}",
            why="until somebody says what they are, nothing can be looked up for these components",
            components=tuple(dict.fromkeys(each.component for each in proposals)),
        )
    not_looked_up = [each for each in components if not each.looked_up]
    if not_looked_up and not proposals:
        reasons = Counter(each.why for each in not_looked_up if each.why)
        reason = reasons.most_common(1)[0][0] if reasons else ""
        yield Action(
            what=f"decide how {_count(len(not_looked_up), 'component')} can be looked up",
            why=f'the commonest reason is {reason}; what was not looked up is not "none found"',
            components=tuple(each.id for each in not_looked_up),
        )
    if known := [each for each in vulnerabilities if not each.exploited and not each.malicious]:
        worst, count = _most_affected(known, components, upstreams)
        yield _about(
            known,
            f"look at {worst}, which {_count(count, 'known vulnerability', 'known vulnerabilities')} affect",
            f"of {len(known)} in all, no upstream project has more",
        )
    if ended := [each for each in end_of_life if each.state == "eol"]:
        products = _listed(dict.fromkeys(each.product for each in ended))
        yield Action(
            what=f"plan for {products}: the support of these release lines has ended",
            why="new vulnerabilities in them may not be fixed upstream",
            components=tuple(dict.fromkeys(each.component for each in ended)),
        )


def _most_affected(
    known: Sequence[Vulnerability], components: Sequence[Component], upstreams: Sequence[Upstream]
) -> tuple[str, int]:
    """The upstream project with the most vulnerabilities, and how many; the first of equals."""
    of = {each.id: each.upstream for each in components}
    labels = {each.id: each.label for each in upstreams}
    counted: Counter[str] = Counter()
    for vulnerability in known:
        counted.update({of[match.component] for match in vulnerability.matches})
    upstream, count = counted.most_common(1)[0]
    return labels[upstream], count


def _about(vulnerabilities: Sequence[Vulnerability], what: str, why: str) -> Action:
    return Action(
        what=what,
        why=why,
        components=_components(vulnerabilities),
        vulnerabilities=tuple(each.key for each in vulnerabilities),
    )


def _components(vulnerabilities: Sequence[Vulnerability]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.component for each in vulnerabilities for match in each.matches))


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    rest = len(found) - SHOWN_NAMES
    return ", ".join(found[:SHOWN_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
