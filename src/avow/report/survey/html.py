"""A survey as one HTML file: no script, nothing from elsewhere, for the screen and for A4.

Each text passes through `_finalize` on its way out: credentials are removed, control and bidirectional
characters are shown as escapes, and it is cut; then Jinja escapes it for HTML. Markup is ours.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any, Final

import jinja2
from markupsafe import Markup

from avow.record import Component, Rating, Said, Sbom, SurveyRecord, VexWord, Vulnerability
from avow.report.survey import answers, wording
from avow.report.survey.sections import Group, Line, View, fix, speaker, vex
from avow.report.survey.timeline import timeline
from avow.report.survey.wording import counted, day, shown, web_address
from avow.values import utc_text

LIMITS: Final = SimpleNamespace(
    sboms=100,
    snapshots=100,
    rows=300,
    digests=10_000,
    vulnerabilities=500,
    matches=20,
    groups=200,
    silent=500,
    components=50,
    declarations=10,
    unfolded=8,
    opened=8,
)
"""How many of each the report shows; what is left out is counted there, and is in the JSON record.

More components of an upstream project than `unfolded`, and more data files or gaps than `opened`, are shown
when somebody opens their list.
"""

MAX_WORD: Final = 4096
"""Characters of one word of the command."""


def render_html(record: SurveyRecord) -> Iterator[str]:
    """The report in pieces, from the first character of the file to the last."""
    view = View(record)
    template = _environment().get_template("survey.html.j2")
    style = _resource("survey.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    stream = template.stream(
        _facts(view)
        | {
            "style": Markup(style),  # noqa: S704  our own file
            "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        }
    )
    stream.enable_buffering(64)
    yield from stream


def _facts(view: View) -> dict[str, Any]:
    record = view.record
    product_end = record.product.support_end if record.product else None
    spoken = tuple(each for each in view.groups if each.says_something)
    silent = tuple(each for each in view.groups if not each.says_something and each.components)
    anchors = {each.key: number for number, each in enumerate(record.vulnerabilities, start=1)}
    problems = [(each.source, problem) for each in record.sboms for problem in each.problems]
    return {
        "record": record,
        "view": view,
        "totals": record.totals,
        "limits": LIMITS,
        "made": utc_text(record.made),
        "supports": wording.SUPPORTS,
        "no_judgement": wording.NO_JUDGEMENT,
        "prepares": wording.PREPARES,
        "known": wording.KNOWN,
        "listed_means": wording.LISTED,
        "horizon_means": wording.HORIZON,
        "law": wording.LAW,
        "editions": wording.EDITIONS,
        "annex": wording.ANNEX_I,
        "kinds": wording.KINDS,
        "voices": wording.VOICES,
        "why": wording.WHY,
        "exploited": answers.exploited(view),
        "vulnerable": answers.known(view),
        "past_end": answers.ended(view),
        "data_dates": answers.data_dates(view),
        "known_head": _known_head(view),
        "in_hand": _in_hand(record),
        "data_words": wording.DATA,
        "gap_titles": wording.GAPS,
        "problem_words": wording.PROBLEMS,
        "bases": wording.BASES,
        "reasons": wording.REASONS,
        "score_means": wording.SCORE_MEANS,
        "file_dates": lambda files: answers.file_dates(files, made=record.made.date()),
        "spoken": spoken,
        "silent": silent,
        "silent_components": sum(len(each.components) for each in silent),
        "silent_looked_up": sum(each.looked_up for each in silent),
        "services": tuple(dict.fromkeys(name for each in record.sboms for name in each.services)),
        "external": tuple(one for each in record.sboms for one in each.external),
        "problems": problems,
        "problem_kinds": Counter(problem.kind for _, problem in problems).most_common(),
        "fitness": [(each.source, count) for each in record.sboms for count in each.fitness],
        "timeline": timeline(view.lines, made=record.made.date(), product_end=product_end),
        "digests": [Markup("{}  {}").format(sha256, _whole(name)) for sha256, name in digests(record)],
        "commands": [Markup("{}").format(_whole(each)) for each in commands(record)],
        "placed_files": places_are_known(record),
        "command_known": bool(record.command),
        "anchor": lambda each: anchors[each.key],
        "against": lambda line: against(line, view),
        "ranked": lambda group: _ranked(group, view),
        "summary": lambda component: _summary(component, view),
    }


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
    )
    environment.filters |= {"cut": _cut, "capitalised": capitalised}
    environment.globals |= {
        "counted": counted,
        "number": "{:,}".format,
        "day": day,
        "link": _link,
        "noted": noted,
        "listed": wording.listed,
        "ending": wording.ending,
        "fix": fix,
        "speaker": speaker,
        "vex": vex,
        "vex_count": vex_count,
        "others": others,
        "rated": rated,
        "history": history,
        "looked_up": looked_up,
        "detailed": wording.detailed,
        "gap_reason": wording.gap_reason,
        "status": status,
        "listing": _listing,
    }
    return environment


@cache
def _resource(name: str) -> str:
    return resources.files("avow.report.survey").joinpath(name).read_text(encoding="utf-8")


def _finalize(value: object) -> object:
    """Every value that a template prints; `Markup` is made of finalised text."""
    return value if isinstance(value, Markup) else shown(str(value), limit=1000)


def _cut(text: str, limit: int) -> str:
    """Cut only after credentials are gone: half of an address would keep them."""
    return shown(text, limit=limit)


def capitalised(text: str) -> str:
    """`text` at the start of a sentence or cell."""
    return text[:1].upper() + text[1:]


def _link(text: str) -> Markup:
    """`text`, as a link where it is a web address."""
    address = web_address(text)
    if not address:
        return Markup("{}").format(shown(text))
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(address, shown(address))


def _known_head(view: View) -> str:
    """The head of a column of what is known: it says of which date that is."""
    dates = answers.advisory_dates(view)
    return f"Known ({dates})" if dates else "Known"


def _in_hand(record: SurveyRecord) -> list[tuple[str, str]]:
    """What was in hand beside SBOMs and data, for the first screen."""
    totals = record.totals
    counts = (
        ("Signed declarations", totals.declarations),
        ("Files from the projects", totals.project_files),
        ("Published Scorecards", totals.published_results),
        ("Build provenance", totals.provenance),
    )
    return [(name, f"{count:,}" if count else "none in hand") for name, count in counts]


def noted(sbom: Sbom) -> str:
    """What else is to be said about one SBOM, as counts."""
    parts = [
        (sbom.inputs, "input of other entries", "inputs of other entries"),
        (len(sbom.services), "service", "services"),
        (len(sbom.external), "external document", "external documents"),
        (len(sbom.problems), "problem", "problems"),
        (sbom.cycles_in_all, "circle of dependencies", "circles of dependencies"),
        (sbom.unreachable, "entry not connected with the root", "entries not connected with the root"),
    ]
    return ", ".join(counted(count, one, many) for count, one, many in parts if count) or "none"


def others(vulnerability: Vulnerability) -> str:
    """The other names of a vulnerability."""
    named = [each for each in vulnerability.ids if each != vulnerability.key]
    return ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")  # noqa: PLR2004  as cut


def vex_count(vulnerability: Vulnerability) -> str:
    """What VEX statements say about a vulnerability, as counts of words."""
    words = [word for match in vulnerability.matches for word in match.vex]
    counts = Counter(_heard(word) for word in words)
    said = (f"{count} {'says' if count == 1 else 'say'} {word}" for word, count in counts.most_common())
    return ", ".join(said) or "no statement"


def _heard(word: VexWord) -> str:
    return word.status.replace("_", " ") + (" (superseded)" if word.superseded else "")


def status(said: Said, kind: str) -> str:
    """The status of a practice; one that a tool scored is not called observed, which reads as "followed"."""
    return wording.SCORED if kind == "scorecard" and said.status == "observed" else said.status


def history(group: Group) -> str:
    """The update history of an upstream project, or that nobody looked."""
    upstream = group.upstream
    if upstream is None or not upstream.history_source:
        return "Update history not looked at."
    return (
        f"Last release {day(upstream.last_release)}, last security fix {day(upstream.last_security_fix)}, by "
        f"{upstream.history_source}."
    )


def against(line: Line, view: View) -> str:
    """A release line against the end of the product's support period and against today."""
    record = view.record
    if line.found.state == "cycle_not_found":
        return "not known"
    if line.found.eol == "false":
        return "no end is planned so far"
    product_end = record.product.support_end if record.product else None
    if line.found.state == "eol":
        return "ended before this record was made"
    if line.ends is None or product_end is None:
        return "not known"
    if line.ends >= product_end:
        return "lasts as long"
    months = (product_end.year - line.ends.year) * 12 + product_end.month - line.ends.month
    return f"ends {_span(months)} earlier"


def _span(months: int) -> str:
    parts = [(months // 12, "year"), (months % 12, "month")]
    return " and ".join(counted(number, noun) for number, noun in parts if number) or "days"


def rated(rating: Rating) -> str:
    """A severity as its giver wrote it; a vector names its own method."""
    method = "" if rating.text.startswith("CVSS:") else f"{rating.method} "
    return f"{method}{rating.text}" + (f" by {rating.source}" if rating.source else "")


def digests(record: SurveyRecord) -> list[tuple[str, str]]:
    """SHA-256 and path of every file that the record rests on, each once, as the command found it."""
    files = [(each.sha256, each.source) for each in record.sboms]
    files += [(each.sha256, each.file or each.path) for each in record.snapshots]
    files += [(each.sha256, _PART.sub("", each.source)) for each in record.declarations if each.sha256]
    return list(dict.fromkeys(files))


_PART: Final = re.compile(r"#(?:/\S*|\d+)\Z")
"""Where in a file a statement is; the digest is that of the file."""


def places_are_known(record: SurveyRecord) -> bool:
    """Every path of a data file begins where the command was called."""
    return all(each.file for each in record.snapshots)


def commands(record: SurveyRecord) -> list[str]:
    """What to type to do the same again."""
    if record.command:
        words = [shlex.quote(shown(each, limit=MAX_WORD)) for each in record.command]
    else:
        words = [
            "avow",
            "survey",
            *(shlex.quote(shown(each.source, limit=MAX_WORD)) for each in record.sboms),
        ]
        words += ["--data", "SNAPSHOTS"] if record.snapshots else []
    return ["sha256sum -c digests.txt", " ".join(words)]


def _whole(text: str) -> str:
    """Our own commands and digests, which would be of no use if they were cut."""
    return shown(text, limit=len(text) + 1)


def _listing(group: Group) -> str:
    names = [f"{each.name} {each.version}".rstrip() for each in group.components[: LIMITS.components]]
    more = len(group.components) - len(names)
    return ", ".join(_cut(each, 80) for each in names)[:900] + (f" and {more} more" if more else "")


def _ranked(group: Group, view: View) -> list[Component]:
    """The components of an upstream project; those with something known come first."""
    return sorted(group.components, key=lambda each: not _known(each, view))


def _known(component: Component, view: View) -> bool:
    return component.id in view.vulnerabilities_of or component.id in view.endings_of


def _summary(component: Component, view: View) -> str:
    """What is known about one component, in a few words; never empty, which would read as "nothing"."""
    found = [each.key for each in view.vulnerabilities_of.get(component.id, [])]
    known = ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")  # noqa: PLR2004  as cut
    undecided = len(view.undecided_of.get(component.id, ()))
    proposed = len(view.proposed_of.get(component.id, ()))
    ended = any(each.state == "eol" for each in view.endings_of.get(component.id, []))
    parts = (
        known,
        f"{undecided} undecidable" if undecided else "",
        f"{proposed} proposed by CPE or name" if proposed else "",
        "" if known or undecided or proposed else _silence(component),
        "past end of life" if ended else "",
    )
    return "; ".join(part for part in parts if part)


def _silence(component: Component) -> str:
    return "none listed" if component.looked_up else answers.NOT_LOOKED_AT


def looked_up(component: Component) -> str:
    """Whether a component was looked up, and why not."""
    if component.looked_up:
        return "yes"
    return f"no: {wording.WHY[component.why]}" if component.why else "no"
