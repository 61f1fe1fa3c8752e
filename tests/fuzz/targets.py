"""What the fuzzer attacks: honest inputs, and the reader that a command would give them to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from support.backends import open_backend, open_keyed_backend
from support.bundle_mutations import ARTEFACT, World
from support.pipeline import (
    COMPONENT,
    SHA256,
    Setting,
    declaration,
    repo_file,
    security_contact,
    signer_rule,
)
from support.virtual_sigstore import NOW, V01, VirtualSigstore, encoded

from avow.catalogue.practices import load_catalogue
from avow.declaration.avow_yaml import parse_declaration
from avow.drafting.checkout import Checkout
from avow.drafting.draft import draft
from avow.errors import AvowError
from avow.policy import parse_policy
from avow.sandbox.wire import key_pem
from avow.statement.types import PREDICATE_TYPE
from avow.stores.containers import bundles_in
from avow.subject import Digest
from avow.transparency.sigstore import forget
from avow.verification.inspection import look

TODAY: Final = date(2026, 11, 22)
ROOT: Final = Path(__file__).parents[2]
CASES: Final = ROOT / "tests" / "vectors" / "declarations"


@dataclass(frozen=True)
class Target:
    """Honest inputs, and what is done with changed ones; `survive` raises AssertionError for a wrong yes."""

    seeds: tuple[bytes, ...]
    survive: Callable[[bytes], object]
    cost: int = 1
    """How many runs of the cheapest target one of this takes."""


class Wrong(AssertionError):
    """An answer that the change should have prevented."""


def bundles() -> Target:
    """Every kind of bundle: refused, or exactly what was signed."""
    honest = VirtualSigstore()
    world = World(honest, VirtualSigstore())
    key, workflow, payload = honest.managed_key(), honest.github(), world.statement()
    logged = honest.envelope(payload, workflow)
    root, pem = honest.root(), key_pem(key.key.public_key()).encode()
    digest = Digest(algorithm="sha256", value=world.honest_digest)
    by_root, by_key = open_backend(root, now=NOW), open_keyed_backend(root, key=pem, now=NOW)
    signer = by_root.verify(encoded(honest.bundle(payload, signer=workflow)), location="seed").signer

    def survive(content: bytes) -> None:
        for candidate in bundles_in(content, location="fuzz", named=True):
            raw = getattr(candidate, "content", b"")
            for backend in (by_root, by_key):
                try:
                    envelope = backend.verify(raw, location="fuzz")
                except AvowError:
                    pass
                else:
                    if envelope.payload != payload or envelope.signer not in (signer, by_key.signer):
                        raise Wrong("a changed envelope verifies")
                try:
                    backend.verify_artifact(raw, digest=digest, location="fuzz")
                except AvowError:
                    continue

    return Target(
        tuple(
            map(
                encoded,
                (
                    honest.bundle(payload, signer=workflow),
                    honest.bundle(payload, signer=workflow, tsa=True),
                    honest.bundle(payload, signer=workflow, rekor=2),
                    honest.bundle(payload, signer=workflow, media_type=V01),
                    honest.message_bundle(ARTEFACT, signer=workflow),
                    honest.message_bundle(ARTEFACT, signer=workflow, rekor=2),
                    honest.bundle(payload, signer=key, tsa=True),
                    honest.bundle(payload, signer=key, rekor=2),
                    honest.message_bundle(ARTEFACT, signer=key),
                    honest.assemble(
                        logged, workflow, entries=[honest.entry(logged, workflow, kind="intoto")]
                    ),
                ),
            )
        ),
        survive,
    )


def roots() -> Target:
    """A trusted root, unpinned: refused, or a bundle of another instance still does not verify."""
    honest, foreign = VirtualSigstore(), VirtualSigstore()
    own, other = (encoded(each.bundle(b"{}")) for each in (honest, foreign))

    def survive(content: bytes) -> None:
        forget()
        try:
            backend = open_backend(content, now=NOW)
        except AvowError:
            return
        for bundle in (own, other):
            try:
                backend.verify(bundle, location="fuzz")
            except AvowError:
                continue
            if bundle is other:
                raise Wrong("a bundle of another instance verifies")

    return Target((honest.root(),), survive, cost=2)


def statements(directory: Path) -> Target:
    """What an allowed signer writes: decided, and without a security contact never satisfied."""
    setting = Setting(directory)
    evidence = setting.keep(b"# Security\n")
    full = declaration(
        security_contact(evidence=[repo_file(evidence)]),
        {"id": "SRC-03", "status": "partial", "coverage": "most changes"},
        {"id": "TST-03", "status": "notApplicable", "reason": "noNetwork", "justification": "no network"},
    )
    seeds = [full, declaration(security_contact(status="notImplemented"))]
    signer = setting.workflow()
    session = setting.session()

    def survive(content: bytes) -> None:
        subject = {"name": "a", "digest": {"sha256": SHA256}}
        payload = b'{"_type":"https://in-toto.io/Statement/v1","predicate":' + content
        payload += b',"predicateType":"%b","subject":' % PREDICATE_TYPE.encode()
        setting.put(
            encoded(setting.virtual.bundle(payload + json.dumps([subject]).encode() + b"}", signer=signer))
        )
        decision = setting.decide(purl=f"{COMPONENT}@2.4.1", session=session)
        if decision.exit_code == 0 and not (b"VUL-01" in content and b'"implemented"' in content):
            raise Wrong("satisfied without the practice")
        _ = decision.text, decision.json

    return Target(tuple(json.dumps(each).encode() for each in seeds), survive, cost=3)


def always(content: bytes) -> Callable[[str], bytes]:
    """One file under every name."""
    return lambda _path: content


def policies(directory: Path) -> Target:
    """A policy and a file of signers."""
    setting = Setting(directory)
    example = (ROOT / "examples" / "policy.yaml").read_bytes()
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    whole = page.partition("```yaml\n")[2].partition("```")[0].encode()
    small = setting.ask("profile: orc-light").read_bytes()

    def survive(content: bytes) -> None:
        for files in (b'{"avow-signers": 1, "signers": []}', content):
            try:
                policy = parse_policy(content, source="p", today=TODAY, signer_file=always(files))
            except AvowError:
                continue
            if not policy.signers or not policy.required:
                raise Wrong("a policy without signers or requirements")

    return Target((example, whole, small), survive, cost=6)


def signer_files() -> Target:
    """JSON files of signer rules."""
    keys = dict(pair.split(": ", 1) for pair in signer_rule().strip(" -{}").split(", "))
    rules = [{name: json.loads(value) for name, value in keys.items()} | {"triggers": ["push"]}]
    seed = json.dumps({"avow-signers": 1, "signers": rules}, indent=1).encode()
    policy = (
        b"avow-policy: 1\nprofile: orc-light\ntrust: {pinned: {root: r, sha256: "
        + b"0" * 64
        + b"}}\nsignerFiles: [{path: s.json}]\n"
    )

    def survive(content: bytes) -> None:
        try:
            read = parse_policy(policy, source="p", today=TODAY, signer_file=always(content))
        except AvowError:
            return
        if not read.signers:
            raise Wrong("a policy without signers")

    return Target((seed,), survive)


def declarations() -> Target:
    """avow.yaml as a maintainer writes it."""
    catalogue = load_catalogue()
    seeds = [path.read_bytes() for path in sorted(CASES.glob("*/avow.yaml")) if path.stat().st_size < 8000]

    def survive(content: bytes) -> None:
        try:
            parse_declaration(content, source="avow.yaml", catalogue=catalogue, today=TODAY)
        except AvowError:
            return

    return Target((*seeds, (ROOT / "examples" / "avow.yaml").read_bytes()), survive, cost=3)


FILES: Final = {
    "SECURITY.md": b"""# Security

Write to security@acme.example or report at
https://github.com/acme/lib/security/advisories/new within 14 days. We answer in 3 days.
""",
    "security-insights.yml": b"""header:
  schema-version: 2.0.0
  last-updated: '2026-01-01'
  url: https://a.example/x
project:
  name: acme
  administrators:
  - name: A
    email: a@a.example
repository:
  url: https://github.com/acme/lib
  status: active
  accepts-change-request: true
""",
    "pyproject.toml": b"""[project]
name = 'acme'
version = '1.2'
license = 'MIT'
[project.urls]
Source = 'https://github.com/acme/lib'
[tool.x]
a.b.c = 1
""",
    "package.json": b"""{"name": "@acme/lib", "version": "1.0.0", "license": "MIT",
"repository": "github:acme/lib"}""",
    "Cargo.toml": b"""[package]
name = "acme"
version = "0.1.0"
repository = 'https://github.com/acme/lib'
""",
    "go.mod": b"module github.com/acme/lib/v2\n\ngo 1.22\n\nrequire golang.org/x/net v0.1.0\n",
    "LICENSE": b"""MIT License

Copyright (c) 2026 acme

Permission is hereby granted, free of charge, to any person
""",
    "README.md": b"""# acme

[![Scorecard](https://api.scorecard.dev/x)](https://scorecard.dev)

## Support

until 2027-01-01
""",
    ".github/workflows/ci.yml": b"""on: [push, pull_request]
jobs:
  t:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - run: pytest
    permissions: {contents: read}
""",
    ".github/dependabot.yml": b"""version: 2
updates:
- package-ecosystem: pip
  directory: /
  schedule: {interval: weekly}
""",
    ".well-known/security.txt": b"""Contact: mailto:s@acme.example
Expires: 2027-01-01T00:00:00Z
Policy: https://acme.example/p
""",
    "pom.xml": b"<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version></project>",
    "CHANGELOG.md": b"# Changelog\n\n## 1.2 - 2026-01-01\n\n- CVE-2026-0001 fixed\n",
    "CODEOWNERS": b"* @acme/maintainers\n",
}
"""A small checkout; what `init` reads of it depends on the names."""


def checkouts(directory: Path) -> Target:
    """One changed file in a checkout: a draft, within its budget."""
    catalogue = load_catalogue()
    for name, content in FILES.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
    names = list(FILES)

    def survive(content: bytes) -> None:
        # its first byte says which file it is
        name = names[content[0] % len(names)] if content else names[0]
        path = directory / name
        path.write_bytes(content[1:])
        checkout = Checkout(directory=directory, paths=tuple(sorted(names)), _root=directory)
        try:
            drafted = draft(checkout, [], catalogue=catalogue, today=TODAY, relationship="maintainer")
            parse_declaration(
                drafted.declaration.encode(), source="avow.yaml", catalogue=catalogue, today=TODAY
            )
        except AvowError as error:
            # a draft may have open questions; it is never a document that can't be read
            if "not YAML" in str(getattr(error, "problems", "")):
                raise Wrong("a draft that is not YAML") from error
        finally:
            path.write_bytes(FILES[name])

    return Target(
        tuple(bytes([number]) + content for number, content in enumerate(FILES.values())), survive, cost=20
    )


def inspected(directory: Path) -> Target:
    """What `avow inspect` shows of a bundle that nothing has verified."""
    path = directory / "bundle.json"
    honest = VirtualSigstore()

    def survive(content: bytes) -> None:
        path.write_bytes(content)
        try:
            json.dumps(look(path, root=None, now=NOW))
        except AvowError:
            return

    payload = World(honest, honest).statement()
    return Target(
        tuple(encoded(honest.bundle(payload, rekor=rekor, tsa=rekor == 2)) for rekor in (1, 2)),
        survive,
        cost=2,
    )


def targets(directory: Path) -> dict[str, Callable[[], Target]]:
    """All targets by name; each has a directory of its own."""

    def own(name: str) -> Path:
        path = directory / name
        path.mkdir()
        return path

    return {
        "bundles": bundles,
        "roots": roots,
        "statements": lambda: statements(own("statements")),
        "policies": lambda: policies(own("policies")),
        "signer-files": signer_files,
        "declarations": declarations,
        "checkouts": lambda: checkouts(own("checkouts")),
        "inspect": lambda: inspected(own("inspect")),
    }
