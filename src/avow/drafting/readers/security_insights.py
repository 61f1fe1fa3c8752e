"""Reads OpenSSF Security Insights 1.0.0 and 2.0.0 to 2.2.0: usable values become facts, others are reported.

More than half of the files in the wild do not match their own schema, so no file is validated as a whole:
each value is used or left out on its own. Comments and personal data are not used.

Source: ossf/security-insights, security-insights-schema.yaml at v1.0.0, schema.cue at v2.0.0 to v2.2.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from avow.drafting.found import Document, Notes, Pointer, Reading, day_of, is_placeholder, is_url, shown
from avow.drafting.readers.foreign_yaml import ForeignNode, outline
from avow.drafting.readers.reporting import add_contact

__all__ = ["FILE_NAME", "is_security_insights", "read_security_insights"]

FILE_NAME: Final = re.compile(
    r"(?:\.github/|\.gitlab/|\.forgejo/|\.gitea/|docs/)?security[-_]insights\.ya?ml", re.IGNORECASE
)

VERSIONS: Final = ("1.0.0", "2.0.0", "2.1.0", "2.2.0")

_TOP_V1: Final = frozenset(
    [
        "project-lifecycle",
        "contribution-policy",
        "distribution-points",
        "security-artifacts",
        "security-testing",
        "security-assessments",
        "security-contacts",
        "vulnerability-reporting",
        "dependencies",
        "documentation",
    ]
)
_TOP_V2: Final = frozenset({"project", "repository"})

# path in the file -> practice and fact that the URL belongs to
_ADDRESSES_V1: Final = {
    "header.project-url": ("SRC-01", "vcsUrl"),
    "header.changelog": ("REL-03", "url"),
    "header.license": ("LIC-01", "textUrl"),
    "contribution-policy.contributing-policy": ("GOV-01", "guideUrl"),
    "vulnerability-reporting.security-policy": ("VUL-02", "policyUrl"),
    "vulnerability-reporting.bug-bounty-url": ("VUL-02", "bountyUrl"),
    "dependencies.dependencies-lifecycle.policy-url": ("DEP-03", "policyUrl"),
    "dependencies.env-dependencies-policy.policy-url": ("DEP-03", "policyUrl"),
}
_ADDRESSES_V2: Final = {
    "repository.url": ("SRC-01", "vcsUrl"),
    "project.funding": ("GOV-03", "fundingUrl"),
    "project.documentation.support-policy": ("SUP-01", "policyUrl"),
    "project.documentation.signature-verification": ("REL-04", "verifyUrl"),
    "project.documentation.detailed-guide": ("DOC-01", "url"),
    "project.documentation.quickstart-guide": ("DOC-01", "url"),
    "project.documentation.design": ("DOC-03", "designUrl"),
    "project.vulnerability-reporting.policy": ("VUL-02", "policyUrl"),
    "project.vulnerability-reporting.security-policy": ("VUL-02", "policyUrl"),
    "project.vulnerability-reporting.bug-bounty-program": ("VUL-02", "bountyUrl"),
    "repository.documentation.security-policy": ("VUL-02", "policyUrl"),
    "repository.license.url": ("LIC-01", "textUrl"),
    "repository.documentation.contributing-guide": ("GOV-01", "guideUrl"),
    "repository.documentation.dependency-management-policy": ("DEP-03", "policyUrl"),
    "repository.documentation.governance": ("GOV-02", "url"),
    "repository.documentation.review-policy": ("SRC-03", "policyUrl"),
    "repository.release.changelog": ("REL-03", "url"),
}
_UNUSED_FIELDS: Final = frozenset(
    [
        "project.roadmap",
        "project.documentation.code-of-conduct",
        "project.documentation.release-process",
        "project.vulnerability-reporting.pgp-key",
        "project.vulnerability-reporting.contact.name",
        "repository.accepts-automated-change-request",
        "repository.release.automated-pipeline",
        "repository.release.license",
        "repository.security.champions",
        "project-lifecycle.roadmap",
        "project-lifecycle.release-cycle",
        "project-lifecycle.release-process",
        "contribution-policy.accepts-automated-pull-requests",
        "contribution-policy.automated-tools-list",
        "contribution-policy.code-of-conduct",
        "documentation",
        "security-artifacts.other-artifacts",
        "vulnerability-reporting.pgp-key",
        "vulnerability-reporting.bug-bounty-available",
    ]
)
"""Fields of a schema that no practice of the catalogue uses."""
_NOT_REPORTED: Final = re.compile(
    r"(?:.*\.)?comment|header(?:\..*)?|.*\.(?:name|email|social|affiliation|primary|bug-bounty-available)"
)
"""Comments, dates of the file itself and personal data are not used, and not worth reporting one by one."""

_TOOL_TYPES: Final = {
    "sast": "SAST",
    "dast": "dynamic",
    "iast": "dynamic",
    "fuzzer": "fuzzing",
    "fuzzing": "fuzzing",
    "container": "container",
    "other": "other",
}
_TOOL_TYPES_V1: Final = frozenset({"sast", "dast", "iast", "fuzzer", "sca"})
_TOOL_TYPES_V2: Final = frozenset({"fuzzing", "container", "secret", "sca", "sast", "other"})
_ENDED: Final = frozenset({"abandoned", "inactive", "moved", "suspended", "unsupported"})
"""Source: repostatus.org, whose words Security Insights uses."""

_UPDATERS: Final = re.compile(r"dependabot|renovate", re.IGNORECASE)


def is_security_insights(document: Document) -> bool:
    """The file has the name of a Security Insights file, or at least two of its sections."""
    if FILE_NAME.fullmatch(document.path) or FILE_NAME.fullmatch(document.name):
        return True
    if not re.search(r"\.ya?ml$", document.name, re.IGNORECASE):
        return False
    sections = {
        key.replace("_", "-") for key in re.findall(r"^([a-z][a-z_-]+):", document.text, re.MULTILINE)
    }
    if "header" in sections and "schema-version" in document.text:
        return True
    return len(sections & (_TOP_V1 | _TOP_V2)) > 1


def read_security_insights(document: Document, today: date) -> Reading:
    """The facts of one file, none of an expired one; values that do not fit are left out with their lines."""
    read = outline(document)
    notes = Notes(document, evidence=Pointer(kind="securityInsights", target=document.path))
    version = read.root.at("header", "schema-version")
    named = (version.text if version else None) or ""
    sections = read.root.members.keys()
    # The sections decide, not the version number, which is often wrong in half-migrated files.
    is_v1 = not _TOP_V2 & sections and (bool(_TOP_V1 & sections) or not named.startswith("2."))
    fitting = [known for known in VERSIONS if known.startswith("1.") is is_v1]
    shape = named if named in fitting else fitting[-1]
    notes.label = f"{document.path} ({shown(named) or 'no version'})"
    if named != shape:
        line = version.line if version else 0
        notes.leave_out(
            f"schema-version {named or 'is missing'}: the sections are read as version {shape}", line=line
        )
    for line, problem in read.problems:
        notes.leave_out(problem, line=line)
    expiry = read.root.at("header", "expiration-date")
    day = day_of((expiry.text if expiry else None) or "")
    if expiry is not None and day is not None and day < today:
        notes.leave_out(f"expired on {day.isoformat()}, so nothing in it is used", line=expiry.line)
        return notes.reading()
    reader = _InsightsReader(notes, read.root, shape)
    if is_v1:
        _read_v1(reader)
    else:
        _read_v2(reader)
    reader.report_rest()
    return notes.reading()


@dataclass(slots=True)
class _InsightsReader:
    """Reads values from the tree and remembers which, so that the others can be reported."""

    notes: Notes
    root: ForeignNode
    shape: str
    taken: set[int] = field(default_factory=set)

    def node(self, path: str) -> ForeignNode | None:
        """The node at a dotted path; it is marked as taken."""
        found = self.root.at(*path.split("."))
        if found is not None:
            self.taken.add(id(found))
        return found

    def text(self, path: str) -> tuple[str, int] | None:
        """The text with its line, unless it is a placeholder."""
        return self.text_of(self.node(path), path)

    def text_of(self, node: ForeignNode | None, path: str) -> tuple[str, int] | None:
        """The same as `text`, for a given node."""
        if node is None:
            return None
        self.taken.add(id(node))
        if node.text is None:
            if node.value not in ("", "~", "null", None):
                self.notes.leave_out(f"{path} is not text", line=node.line)
            return None
        if is_placeholder(node.text):
            if node.text:
                self.notes.leave_out(f"{path} is a placeholder: {node.text}", line=node.line)
            return None
        return node.text, node.line

    def url_of(self, node: ForeignNode | None, path: str) -> tuple[str, int] | None:
        """A URL with its line."""
        text = self.text_of(node, path)
        if text is None or is_url(text[0]):
            return text
        self.notes.leave_out(f"{path} is not a URL: {text[0]}", line=text[1])
        return None

    def addresses(self, table: dict[str, tuple[str, str]]) -> None:
        """Add every URL of the table as a fact."""
        for path, (practice, fact) in table.items():
            if address := self.url_of(self.node(path), path):
                self.notes.fact(practice, fact, address[0], line=address[1])

    def flag(self, path: str) -> tuple[bool, int] | None:
        """A boolean with its line."""
        node = self.node(path)
        if node is None:
            return None
        if node.flag is None:
            self.notes.leave_out(f"{path} is neither true nor false", line=node.line)
            return None
        return node.flag, node.line

    def report_rest(self) -> None:
        """Report every value that was not taken; a subtree of which nothing was taken is reported once."""
        waiting = [("", self.root)]
        while waiting:
            path, node = waiting.pop()
            if id(node) in self.taken or _NOT_REPORTED.fullmatch(path):
                continue
            below = [(f"{path}.{key}".lstrip("."), value) for key, value in node.members.items()]
            below += [(f"{path}[{number}]", item) for number, item in enumerate(node.items)]
            if path and not self._any_taken(node):
                if node.value not in ("", [], {}, None):
                    known = path in _UNUSED_FIELDS
                    why = "no practice uses it" if known else f"is not part of Security Insights {self.shape}"
                    self.notes.leave_out(f"{path}: {why}", line=node.line)
                continue
            waiting.extend(reversed(below))

    def _any_taken(self, node: ForeignNode) -> bool:
        return any(id(below) in self.taken for _, below in node.walk())

    def take_all(self, node: ForeignNode) -> None:
        """Mark a node and everything below it as taken."""
        self.taken.update(id(below) for _, below in node.walk())


def _read_v1(reader: _InsightsReader) -> None:
    notes = reader.notes
    reader.addresses(_ADDRESSES_V1)
    _source(reader, "header.project-url")
    _lifecycle(reader, "project-lifecycle.status", "project-lifecycle.bug-fixes-only")
    _people(reader, "project-lifecycle.core-maintainers", "GOV-03", "core maintainers")
    if accepts := reader.flag("contribution-policy.accepts-pull-requests"):
        _accepts(notes, "pull requests", *accepts)
    _reports_accepted(reader, "vulnerability-reporting.accepts-vulnerability-reports")
    _scope(reader, "vulnerability-reporting.in-scope", "inScope")
    _scope(reader, "vulnerability-reporting.out-scope", "outOfScope")
    if email := reader.text("vulnerability-reporting.email-contact"):
        add_contact(notes, *email)
    for contact in _items(reader, "security-contacts"):
        if value := reader.text_of(contact.at("value"), "security-contacts.value"):
            add_contact(notes, *value)
            reader.take_all(contact)
    for tool in _items(reader, "security-testing"):
        _tool(reader, tool, kind="tool-type", name="tool-name", kinds=_TOOL_TYPES_V1)
    for assessment in _items(reader, "security-assessments"):
        by = reader.text_of(assessment.at("auditor-name"), "security-assessments.auditor-name")
        report = reader.url_of(assessment.at("auditor-report"), "security-assessments.auditor-report")
        year = assessment.at("report-year")
        if by and report:
            when = (year.text if year else None) or "year not stated"
            notes.hint("TST-04", f"review by {by[0]}, {when}: {report[0]}", line=by[1])
        reader.take_all(assessment)
    _artefact_v1(reader, "security-artifacts.threat-model", "threat-model-created", fact=True)
    _artefact_v1(reader, "security-artifacts.self-assessment", "self-assessment-created", fact=False)
    _dependencies_v1(reader)
    for point in _items(reader, "distribution-points"):
        _distribution(reader, point)


def _read_v2(reader: _InsightsReader) -> None:
    notes = reader.notes
    reader.addresses(_ADDRESSES_V2)
    _source(reader, "repository.url")
    if name := reader.text("project.name"):
        notes.about("name", name[0], line=name[1])
    if homepage := reader.url_of(reader.node("project.homepage"), "project.homepage"):
        notes.about("url", homepage[0], line=homepage[1])
    _lifecycle(reader, "repository.status", "repository.bug-fixes-only")
    _people(reader, "repository.core-team", "GOV-03", "core team members")
    _people(reader, "project.administrators", "GOV-02", "administrators")
    if accepts := reader.flag("repository.accepts-change-request"):
        _accepts(notes, "change requests", *accepts)
    _reports_accepted(reader, "project.vulnerability-reporting.reports-accepted")
    _scope(reader, "project.vulnerability-reporting.in-scope", "inScope")
    _scope(reader, "project.vulnerability-reporting.out-of-scope", "outOfScope")
    if email := reader.text("project.vulnerability-reporting.contact.email"):
        add_contact(notes, *email)
    if expression := reader.text("repository.license.expression"):
        notes.fact("LIC-01", "spdxExpression", expression[0], line=expression[1])
    if steward := reader.url_of(reader.node("project.steward.uri"), "project.steward.uri"):
        # Whether a legal person declares itself steward, only that person can say.
        notes.fact("STW-01", "url", steward[0], line=steward[1])
        text = "names a steward. Does that legal person declare itself steward of the project?"
        notes.hint("STW-01", text, line=steward[1])
    _no_dependencies(notes, reader.flag("repository.no-third-party-packages"), when=True)
    _repositories(reader)
    for tool in _items(reader, "repository.security.tools"):
        _tool(reader, tool, kind="type", name="name", kinds=_TOOL_TYPES_V2)
    _assessments_v2(reader)
    for point in _items(reader, "repository.release.distribution-points"):
        _distribution(reader, point.at("uri") or point)
        reader.take_all(point)
    for attestation in _items(reader, "repository.release.attestations"):
        _attestation(reader, attestation)


def _items(reader: _InsightsReader, path: str) -> list[ForeignNode]:
    node = reader.root.at(*path.split("."))
    if node is not None and node.value not in ("", None) and not isinstance(node.value, list):
        reader.notes.leave_out(f"{path} is not a list", line=node.line)
        reader.taken.add(id(node))
    return node.items if node is not None else []


def _source(reader: _InsightsReader, path: str) -> None:
    node = reader.root.at(*path.split("."))
    if node is not None and node.text is not None and is_url(node.text) and not is_placeholder(node.text):
        reader.notes.about("source", node.text, line=node.line)
        reader.notes.repository = node.text


def _lifecycle(reader: _InsightsReader, status_path: str, bug_fixes_path: str) -> None:
    status, bug_fixes = reader.text(status_path), reader.flag(bug_fixes_path)
    if status is None:
        return
    if status[0] == "active":
        state = "maintenanceOnly" if bug_fixes and bug_fixes[0] else "active"
        reader.notes.fact("GOV-03", "lifecycleState", state, line=status[1])
    else:
        reader.notes.hint("GOV-03", f"the project gives its status as {status[0]}", line=status[1])
        if status[0].lower() in _ENDED:
            reader.notes.end(f"gives the project's status as {status[0]}", line=status[1])


def _people(reader: _InsightsReader, path: str, practice: str, what: str) -> None:
    node = reader.node(path)
    if node is not None and node.items:
        reader.take_all(node)
        reader.notes.hint(practice, f"{what} named: {len(node.items)}", line=node.line)


def _accepts(notes: Notes, what: str, accepted: bool, line: int) -> None:  # noqa: FBT001  as read
    notes.hint("VUL-07", f"{what} are {'accepted' if accepted else 'not accepted'}", line=line)


def _reports_accepted(reader: _InsightsReader, path: str) -> None:
    accepted = reader.flag(path)
    if accepted:
        answer = "accepts" if accepted[0] else "does not accept"
        reader.notes.hint("VUL-01", f"the project {answer} vulnerability reports", line=accepted[1])


def _scope(reader: _InsightsReader, path: str, fact: str) -> None:
    texts = [text for item in _items(reader, path) if (text := reader.text_of(item, path))]
    if texts:
        reader.notes.fact("VUL-02", fact, "; ".join(text for text, _ in texts), line=texts[0][1])


def _tool(reader: _InsightsReader, tool: ForeignNode, *, kind: str, name: str, kinds: frozenset[str]) -> None:
    """Add one tool: its type decides the practice, its integration says when it runs."""
    stated, called = tool.at(kind), reader.text_of(tool.at(name), name)
    word = (stated.text if stated else None) or ""
    reader.take_all(tool)
    if called is None:
        reader.notes.leave_out(f"has a tool without {name}", line=tool.line)
        return
    line = stated.line if stated else tool.line
    if word.lower() not in kinds:
        reader.notes.leave_out(
            f'{kind} "{word}" of {called[0]} is not in the {reader.shape} schema', line=line
        )
        return
    runs = _runs(tool.at("integration"))
    notes = reader.notes
    if word.lower() == "sca":
        if _UPDATERS.search(called[0]):
            notes.fact("DEP-03", "updateTool", called[0], line=called[1])
        frequency = {"ci": "perChange", "release": "perRelease"}.get(runs or "")
        if frequency is None or any(found.practice == "DEP-04" for found in notes.found):
            # The entry has room for one tool and one frequency; those of two tools must not be mixed.
            notes.hint("DEP-04", f"{called[0]} also checks dependencies", line=called[1])
        else:
            notes.fact("DEP-04", "tool", called[0], line=called[1])
            notes.fact("DEP-04", "frequency", frequency, line=called[1])
    elif word.lower() == "secret":
        if runs == "ci":
            notes.fact("SRC-04", "prevention", "ciScan", line=called[1])
        else:
            notes.hint("SRC-04", f"{called[0]} scans for secrets, but not on every change", line=called[1])
    elif runs is None:
        notes.hint("TST-02", f"{called[0]} ({word}) is used. When does it run?", line=called[1])
    else:
        record = {"type": _TOOL_TYPES[word.lower()], "name": called[0], "runs": runs}
        notes.fact("TST-02", "tools", [record], line=called[1])


def _runs(integration: ForeignNode | None) -> str | None:
    """`ci`, `release` or `adhoc`, the first that is true."""
    if integration is None:
        return None
    for word, keys in (
        ("ci", ("ci",)),
        ("release", ("release", "before-release")),
        ("adhoc", ("adhoc", "ad-hoc")),
    ):
        if any((node := integration.at(key)) is not None and node.flag for key in keys):
            return word
    return None


def _artefact_v1(reader: _InsightsReader, path: str, created: str, *, fact: bool) -> None:
    node = reader.root.at(*path.split("."))
    if node is None:
        return
    made = node.at(created)
    for item in evidence.items if (evidence := node.at("evidence-url")) else []:
        address = reader.url_of(item, f"{path}.evidence-url")
        if address and made is not None and made.flag:
            if fact:
                reader.notes.fact("DOC-04", "url", address[0], line=address[1])
            else:
                reader.notes.hint("DOC-04", f"self-assessment: {address[0]}", line=address[1])
    reader.take_all(node)


def _dependencies_v1(reader: _InsightsReader) -> None:
    notes = reader.notes
    _no_dependencies(notes, reader.flag("dependencies.third-party-packages"), when=False)
    for item in _items(reader, "dependencies.dependencies-lists"):
        if address := reader.url_of(item, "dependencies.dependencies-lists"):
            notes.fact("DEP-01", "url", address[0], line=address[1])
    for sbom in _items(reader, "dependencies.sbom"):
        address = reader.url_of(sbom.at("sbom-url"), "dependencies.sbom.sbom-url")
        form = sbom.at("sbom-format")
        if address:
            _sbom(notes, address[0], (form.text if form else None) or "", address[1])
        reader.take_all(sbom)


def _sbom(notes: Notes, address: str, form: str, line: int) -> None:
    formats = {"cyclonedx": "CycloneDX", "spdx": "SPDX"}
    known = next((name for word, name in formats.items() if word in form.lower()), None)
    if known:
        notes.fact("DEP-02", "url", address, line=line)
        notes.fact("DEP-02", "format", known, line=line)
    else:
        notes.hint("DEP-02", f"SBOM of an unknown format: {address}", line=line)


def _no_dependencies(notes: Notes, stated: tuple[bool, int] | None, *, when: bool) -> None:
    if stated and stated[0] is when:
        text = "the project says that it has none; notApplicable with reason noDependencies is possible"
        notes.hint("DEP-01", text, line=stated[1])


def _repositories(reader: _InsightsReader) -> None:
    own = reader.root.at("repository", "url")
    for item in _items(reader, "project.repositories"):
        address = reader.url_of(item.at("url"), "project.repositories.url")
        reader.take_all(item)
        if address and (own is None or address[0].rstrip("/") != (own.text or "").rstrip("/")):
            reader.notes.fact("SRC-01", "otherRepositories", [address[0]], line=address[1])


def _assessments_v2(reader: _InsightsReader) -> None:
    assessments = reader.root.at("repository", "security", "assessments")
    if assessments is None:
        return
    own = assessments.at("self")
    address = reader.url_of(own.at("evidence") if own else None, "assessments.self.evidence")
    if address:
        reader.notes.hint("DOC-04", f"self-assessment: {address[0]}", line=address[1])
    third = assessments.at("third-party")
    for item in third.items if third else []:
        address = reader.url_of(item.at("evidence"), "assessments.third-party.evidence")
        day = item.at("date")
        if address:
            when = (day.text if day else None) or "date not stated"
            reader.notes.hint("TST-04", f"third-party assessment, {when}: {address[0]}", line=address[1])
    reader.take_all(assessments)


def _distribution(reader: _InsightsReader, point: ForeignNode) -> None:
    text = reader.text_of(point, "distribution-points")
    if text is None:
        return
    address, line = text
    if address.startswith("pkg:"):
        reader.notes.about("purl", address, line=line)
    elif is_url(address) and re.search(r"/releases/?$", address):
        reader.notes.fact("REL-02", "releasesUrl", address, line=line)
    else:
        reader.notes.hint("REL-02", f"releases are distributed at {address}", line=line)


def _attestation(reader: _InsightsReader, attestation: ForeignNode) -> None:
    name = attestation.at("name")
    kind = attestation.at("predicate-uri")
    address = reader.url_of(attestation.at("location"), "attestations.location")
    reader.take_all(attestation)
    if address is None:
        return
    uri = (kind.text if kind else None) or ""
    if "slsa.dev/provenance" in uri:
        reader.notes.fact("REL-05", "provenanceUrl", address[0], line=address[1])
    elif "spdx" in uri.lower() or "cyclonedx" in uri.lower():
        _sbom(reader.notes, address[0], uri, address[1])
    else:
        title = (name.text if name else None) or uri or "without a name"
        reader.notes.hint("REL-04", f"attestation {title}: {address[0]}", line=address[1])
