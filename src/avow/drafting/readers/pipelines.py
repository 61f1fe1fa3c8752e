"""Reads CI configurations of any forge: whether tests run, which scanners run and when, how steps are pinned.

A configuration shows what is set up, not that it passed. Whether a step gates a merge or a release is a
setting of the forge that no file shows, so a person must answer that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from avow.drafting.found import Document, Notes, Pointer, Reading
from avow.drafting.readers.foreign_yaml import ForeignNode, outline

__all__ = ["PIPELINES", "UPDATERS", "is_pipeline", "is_updater", "read_pipeline", "read_updater"]

PIPELINES: Final = re.compile(
    r"\.(?:github|forgejo|gitea)/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab/(?:ci/)?[^/]+\.ya?ml|"
    r"\.woodpecker\.ya?ml|\.woodpecker/[^/]+\.ya?ml|\.circleci/config\.ya?ml|azure-pipelines\.ya?ml|"
    r"\.travis\.ya?ml|"
    r"\.cirrus\.ya?ml|\.builds?/[^/]+\.ya?ml|\.build\.ya?ml|appveyor\.ya?ml|\.drone\.ya?ml"
)
UPDATERS: Final = re.compile(
    r"\.github/dependabot\.ya?ml|(?:\.github/|\.gitlab/|\.forgejo/|\.gitea/)?renovate\.json5?|"
    r"\.renovaterc(?:\.json5?)?|"
    r"\.pre-commit-config\.ya?ml"
)

_TEST_COMMAND = re.compile(
    r"(?:^|[\s;&|(\"'./])(?:pytest|py\.test|tox|nox|(?:python3? -m )(?:pytest|unittest|tox|nox)|"
    r"(?:npm|yarn|pnpm|bun)(?: run)?(?: -\S+){0,4} (?:test|t)\b|npx (?:jest|vitest|mocha)|deno test|"
    r"cargo (?:\+\S+ )?(?:nextest|test)|go test|mvnw?(?: -\S+){0,4} (?:\S+ ){0,6}(?:test|verify|install)|"
    r"gradlew?(?: -\S+){0,4} (?:\S+ ){0,6}(?:test|check|build)|"
    r"make(?: -\S+){0,4} (?:\S+ ){0,6}(?:test|check|distcheck)|ctest|"
    r"meson test|ninja(?: -\S+ \S+){0,4} (?:test|check)|(?:bundle exec )?(?:rake|rspec)\b|"
    r"(?:vendor/bin/)?phpunit|"
    r"composer (?:run )?test|dotnet test|mix test|swift test|dart test|flutter test|sbt (?:\S+ ){0,6}test|"
    r"cabal test|stack test|zig build test|bazel(?:isk)? test|just test|prove\b)",
    re.MULTILINE,
)
_SHELL_COMMENT: Final = re.compile(r"^[ \t]*(?:#|(?:echo|printf) ).*$", re.MULTILINE)
"""Lines in which a tool is only mentioned."""

_SOMETIMES: Final = re.compile(r"schedule|workflow_dispatch|inputs\.|\bfalse\b")
_HASH: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PER_CHANGE: Final = frozenset(
    {"push", "pull_request", "pull_request_target", "merge_request", "merge_group", "manual"}
)
_WRITES: Final = frozenset({"write", "write-all"})


class _Tool(NamedTuple):
    """How to find one tool in a configuration, and to which practice it belongs.

    `kind` is a type of TST-02, `dependencies` for DEP-04, or `secrets` for SRC-04.
    """

    name: str
    kind: str
    pattern: re.Pattern[str]


def _tool(name: str, kind: str, pattern: str) -> _Tool:
    return _Tool(name, kind, re.compile(pattern, re.IGNORECASE))


_TOOLS: Final = (
    _tool("CodeQL", "SAST", r"github/codeql-action/analyze"),
    _tool("Semgrep", "SAST", r"\bsemgrep (?:ci|scan|--config)|(?:semgrep|returntocorp)/semgrep"),
    _tool("GitLab SAST", "SAST", r"(?:Security|Jobs)/SAST(?:\.latest)?\.gitlab-ci\.yml"),
    _tool("Bandit", "SAST", r"(?:^|[\s;&|])bandit\s+-|pycqa/bandit"),
    _tool("gosec", "SAST", r"securego/gosec|(?:^|[\s;&|])gosec\s"),
    _tool("Brakeman", "SAST", r"(?:^|[\s;&|])brakeman\b"),
    _tool("SonarQube", "SAST", r"sonarsource/sonar|sonar-scanner|sonarcloud-github-action"),
    _tool("Coverity", "SAST", r"\bcov-build\b|coverity-scan-action"),
    _tool("zizmor", "SAST", r"zizmorcore/zizmor-action|(?:^|[\s;&|])zizmor\s"),
    _tool("ClusterFuzzLite", "fuzzing", r"google/clusterfuzzlite/"),
    _tool("CIFuzz", "fuzzing", r"google/oss-fuzz/infra/cifuzz"),
    _tool("cargo-fuzz", "fuzzing", r"cargo (?:\+\S+ )?fuzz run"),
    _tool("Go fuzzing", "fuzzing", r"go test [^\n]*-fuzz[= ]"),
    _tool("OWASP ZAP", "dynamic", r"zaproxy/action-"),
    _tool(
        "GitLab container scanning",
        "container",
        r"(?:Security|Jobs)/Container-Scanning(?:\.latest)?\.gitlab-ci\.yml",
    ),
    _tool("Trivy", "container", r"(?:^|[\s;&|])trivy (?:image|i) "),
    _tool("Trivy", "dependencies", r"(?:^|[\s;&|])trivy (?:fs|filesystem|rootfs|repo) "),
    _tool("OSV-Scanner", "dependencies", r"google/osv-scanner|(?:^|[\s;&|])osv-scanner\b"),
    _tool("govulncheck", "dependencies", r"\bgovulncheck\b"),
    _tool("pip-audit", "dependencies", r"\bpip-audit\b|gh-action-pip-audit"),
    _tool(
        "cargo-audit",
        "dependencies",
        r"\bcargo (?:\+\S+ )?audit\b|actions-rs/audit-check|rustsec/audit-check",
    ),
    _tool(
        "cargo-deny", "dependencies", r"\bcargo (?:\+\S+ )?deny (?:-\S+ )*check(?! (?:bans|licenses|sources))"
    ),
    _tool("npm audit", "dependencies", r"\b(?:npm|yarn|pnpm) audit\b"),
    _tool("bundler-audit", "dependencies", r"\bbundler?-audit\b"),
    _tool("Grype", "dependencies", r"anchore/scan-action|(?:^|[\s;&|])grype\s"),
    _tool("OWASP Dependency-Check", "dependencies", r"dependency-check(?:_action|-maven|:check)"),
    _tool(
        "GitLab dependency scanning",
        "dependencies",
        r"(?:Security|Jobs)/Dependency-Scanning(?:\.latest)?\.gitlab-ci\.yml",
    ),
    _tool("Snyk", "dependencies", r"snyk/actions|\bsnyk test\b"),
    _tool("Gitleaks", "secrets", r"gitleaks/gitleaks-action|\bgitleaks (?:detect|git|protect|dir)"),
    _tool("TruffleHog", "secrets", r"trufflesecurity/trufflehog|\btrufflehog (?:git|filesystem|github)"),
    _tool(
        "GitLab secret detection",
        "secrets",
        r"(?:Security|Jobs)/Secret-Detection(?:\.latest)?\.gitlab-ci\.yml",
    ),
)
_SIGNING: Final = (
    _tool(
        "Sigstore",
        "sigstore",
        r"sigstore/gh-action-sigstore-python|\bcosign sign-blob\b|\bsigstore sign\b",
    ),
    # this signs images of containers, which need not be what the project releases
    _tool("cosign", "registry", r"\bcosign sign\s"),
    _tool("GitHub artifact attestations", "provenance", r"actions/attest(?:-build-provenance|-sbom)?@"),
    _tool("SLSA GitHub generator", "provenance", r"slsa-framework/slsa-github-generator/"),
    _tool("PyPI trusted publishing", "registry", r"pypa/gh-action-pypi-publish@"),
    _tool("npm provenance", "registry", r"npm publish [^\n]*--provenance"),
)
_RENOVATE_OFF: Final = re.compile(r"[\"']?\benabled[\"']?\s*:\s*false\b")
_SECRET_HOOKS: Final = re.compile(r"gitleaks|detect-secrets|trufflehog|detect-private-key", re.IGNORECASE)


def is_pipeline(document: Document) -> bool:
    """The path is one at which a forge looks for its CI configuration."""
    return PIPELINES.fullmatch(document.path) is not None and document.is_text


def is_updater(document: Document) -> bool:
    """The file configures a bot for dependency updates, or pre-commit hooks."""
    return UPDATERS.fullmatch(document.path) is not None and document.is_text


def read_updater(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """The bot or hook that is configured, and not disabled, for what is at the top of the repository."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    if "pre-commit" in document.name:
        for key, node in outline(document).root.walk():
            if key in {"id", "repo"} and _SECRET_HOOKS.search(node.text or ""):
                notes.fact("SRC-04", "prevention", "preCommit", line=node.line)
                break
    elif "dependabot" in document.name:
        _dependabot(notes)
    elif not document.text.strip():
        notes.leave_out("is empty", line=0)
    elif _RENOVATE_OFF.search(_at_top(document.text)):
        notes.hint("DEP-03", "Renovate is configured; is it disabled?", line=1)
    else:
        notes.fact("DEP-03", "updateTool", "Renovate", line=1)
    return notes.reading()


def _at_top(text: str) -> str:
    """What is directly in the outer object of JSON or JSON5, and not in one within it."""
    kept, depth = [], 0
    for part in re.split(r"([{}])", text):
        depth += (part == "{") - (part == "}")
        if depth == 1:
            kept.append(part)
    return "".join(kept)


def _dependabot(notes: Notes) -> None:
    """Dependabot, if it proposes updates of what is at the top. Source: dependabot.yml options reference."""
    updates = outline(notes.document).root.at("updates")
    for update in updates.items if updates is not None else ():
        named = update.at("package-ecosystem")
        limit = update.at("open-pull-requests-limit")
        one, several = update.at("directory"), update.at("directories")
        places = [node.text or "" for node in ([one] if one else [])] + [
            node.text or "" for node in (several.items if several else [])
        ]
        if named is None or not named.text or (limit is not None and limit.text == "0"):
            continue
        if any(place in {"/", ".", "./", "/*", "**", "/**", "**/*", "*"} for place in places):
            notes.fact("DEP-03", "updateTool", "Dependabot", line=named.line)
            return
    notes.hint("DEP-03", "Dependabot is configured, but not for what is at the top of the repository", line=0)


def read_pipeline(document: Document, today: date) -> Reading:  # noqa: ARG001  one signature for all
    """Everything that one configuration sets up."""
    notes = Notes(document, evidence=Pointer(kind="file", target=document.path))
    read = outline(document)
    for line, problem in read.problems:
        if "alias" not in problem:
            notes.leave_out(problem, line=line)
    triggers = _Triggers.of(read.root)
    steps = list(_steps(read.root))
    if line := _first(steps, _TEST_COMMAND):
        if triggers.runs is None or triggers.by_hand:
            notes.hint("TST-01", "runs tests, but not by itself. What starts it?", line=line)
        else:
            notes.fact("TST-01", "automated", value=True, line=line)
    _scanners(notes, steps, triggers)
    for tool in _SIGNING:
        if line := _first(steps, tool.pattern):
            _signing(notes, tool, line, of_a_release=triggers.runs == "release" or _releases(document.path))
    if re.match(r"\.(?:github|forgejo|gitea)/", document.path):
        _pins(notes, read.root, whole=not any("not read" in problem for _, problem in read.problems))
        _permissions(notes, read.root)
    return notes.reading()


def _scanners(notes: Notes, steps: list[_Step], triggers: _Triggers) -> None:
    """The tools that run whenever the configuration does; of others, a person knows when."""
    always = [step for step in steps if not step.conditional]
    for tool in _TOOLS:
        if (line := _first(always, tool.pattern)) and triggers.runs is not None:
            _scanner(notes, tool, triggers, line)
        elif line := _first(steps, tool.pattern):
            practice = {"secrets": "SRC-04", "dependencies": "DEP-04"}.get(tool.kind, "TST-02")
            notes.hint(practice, f"{tool.name} is configured. When does it run?", line=line)


def _first(steps: list[_Step], pattern: re.Pattern[str]) -> int:
    """The line of the first matching step, or 0."""
    found = ((step, match) for step in steps if (match := pattern.search(step.text)))
    return next((step.line + step.text.count("\n", 0, match.end() - 1) for step, match in found), 0)


class _Triggers(NamedTuple):
    """The events that start a pipeline, as the forge names them, and the shortest period of its schedules."""

    events: frozenset[str]
    period: str | None

    @classmethod
    def of(cls, root: ForeignNode) -> _Triggers:
        on = root.at("on") or root.at("true")
        events = frozenset(on.members) if on is not None else frozenset()
        if on is not None and not events:
            events = frozenset(item.text or "" for item in on.items or [on])
        push = on.at("push") if on is not None else None
        if push is not None and set(push.members) == {"tags"}:
            events = (events - {"push"}) | {"release"}
        periods = {_period(node.text or "") for key, node in root.walk() if key == "cron"}
        return cls(events, next((word for word in ("daily", "weekly") if word in periods), None))

    @property
    def by_hand(self) -> bool:
        """Only a person starts it."""
        return self.events == {"workflow_dispatch"}

    @property
    def runs(self) -> str | None:
        """`ci`, `release` or `adhoc`; `None` if another configuration decides that.

        A configuration without triggers of its own runs on every change.
        """
        if not self.events or self.events & _PER_CHANGE:
            return "ci"
        if self.events <= {"workflow_call", "workflow_dispatch"} and "workflow_call" in self.events:
            return None
        return "release" if "release" in self.events else "adhoc"


def _period(cron: str) -> str:
    """`daily`, `weekly` or `rarer`. Source: POSIX crontab, five fields."""
    fields = cron.split()
    if len(fields) != 5 or fields[2] != "*" or fields[3] != "*":  # noqa: PLR2004  m h dom mon dow
        return "rarer"
    return "daily" if fields[4] == "*" else "weekly"


class _Step(NamedTuple):
    """A text that a runner would act on, with its first line; `conditional` if rules decide when it runs."""

    text: str
    line: int
    conditional: bool


def _steps(root: ForeignNode) -> Iterator[_Step]:
    """Every text that a runner would act on, without comments of the shell and what is switched off."""
    waiting = [("", root, False)]
    while waiting:
        key, node, conditional = waiting.pop()
        text = node.text
        condition = node.at("if")
        words = (condition.text or "" if condition else "").strip("${} ").lower()
        if words == "false":
            continue
        when = node.at("when")
        if (
            _SOMETIMES.search(words)
            or any(node.at(name) is not None for name in ("rules", "only", "except"))
            or (when is not None and when.text in {"manual", "never", "delayed"})
        ):
            conditional = True
        if text is not None and key not in {"name", "description", "if", "title"}:
            # A block scalar starts on the line of its `|`, its text one line later.
            line = node.line + (0 if node.plain or "\n" not in text else 1)
            yield _Step(_SHELL_COMMENT.sub("", text), line, conditional)
        below = [*node.members.items(), *((key, item) for item in node.items)]
        waiting.extend((name, item, conditional) for name, item in reversed(below))


def _scanner(notes: Notes, tool: _Tool, triggers: _Triggers, line: int) -> None:
    match tool.kind:
        case "secrets":
            if triggers.runs == "ci":
                notes.fact("SRC-04", "prevention", "ciScan", line=line)
            notes.hint("SRC-04", f"{tool.name} is configured", line=line)
        case "dependencies":
            frequency = triggers.period or {"ci": "perChange", "release": "perRelease"}.get(
                triggers.runs or ""
            )
            if frequency and not any(found.practice == "DEP-04" for found in notes.found):
                notes.fact("DEP-04", "tool", tool.name, line=line)
                notes.fact("DEP-04", "frequency", frequency, line=line)
            else:
                notes.hint("DEP-04", f"{tool.name} is configured as well", line=line)
        case _:
            notes.fact(
                "TST-02", "tools", [{"type": tool.kind, "name": tool.name, "runs": triggers.runs}], line=line
            )


def _releases(path: str) -> bool:
    """By its name, the configuration makes releases."""
    return re.search(r"release|publish|deploy|\bcd\b", path.rpartition("/")[2], re.IGNORECASE) is not None


def _signing(notes: Notes, tool: _Tool, line: int, *, of_a_release: bool) -> None:
    match tool.kind:
        case "sigstore" if of_a_release:
            notes.fact("REL-04", "mechanism", "sigstore", line=line)
        case "provenance":
            notes.hint(
                "REL-05",
                f"{tool.name} is configured. Where is the provenance, and which level does it have?",
                line=line,
            )
        case _:
            notes.hint("REL-04", f"{tool.name} is configured. Does it cover every artefact?", line=line)


def _pins(notes: Notes, root: ForeignNode, *, whole: bool) -> None:
    """Steps of other projects are pinned if they name a commit or a digest; own steps need no pin.

    Of a file that was not read to its end, nobody knows whether all of them are.
    """
    used = [(node.text or "", node.line) for key, node in root.walk() if key == "uses"]
    foreign = [(name, line) for name, line in used if name and not name.startswith(("./", "../"))]
    loose = [
        (name, line) for name, line in foreign if not _HASH.fullmatch(re.split(r"@(?:sha256:)?", name)[-1])
    ]
    if loose:
        notes.fact("REL-06", "actionsPinned", value=False, line=loose[0][1])
    elif foreign and whole:
        notes.fact("REL-06", "actionsPinned", value=True, line=foreign[0][1])


def _permissions(notes: Notes, root: ForeignNode) -> None:
    permissions = root.at("permissions")
    if permissions is None:
        notes.hint("REL-06", "does not set permissions for the whole workflow", line=0)
    elif permissions.text in _WRITES or any(node.text in _WRITES for node in permissions.members.values()):
        notes.hint("REL-06", "gives write permission to every job of the workflow", line=permissions.line)
