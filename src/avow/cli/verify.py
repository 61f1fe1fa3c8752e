"""Commands of the people who integrate: verify, inspect, trust."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import EXISTING, EXISTING_FILE
from avow.errors import InputInvalid
from avow.files import hash_file, write_atomically
from avow.formats import purl
from avow.formats.purl import Purl
from avow.report import RENDERERS
from avow.stores.evidence import EvidenceDirectory
from avow.stores.local import DirectoryStore, store_at
from avow.stores.protocol import Store
from avow.subject import Digest, Subject
from avow.values import printable
from avow.verification.judge import verify as decide
from avow.verification.session import SignerFlags, enforce_flags, enforce_policy

EVIDENCE_SUBDIRECTORY: Final = "evidence"
"""Where `avow attest` leaves evidence beside the bundle; looked at without being asked to."""


@click.command()
@click.argument("target", metavar="FILE|sha256:HEX")
@click.option(
    "--bundle",
    "bundles",
    type=EXISTING,
    multiple=True,
    help="A bundle, or a directory of bundles. Default: FILE's directory.",
)
@click.option("--evidence", type=EXISTING, multiple=True, help="A directory of files named sha256-HEX.")
@click.option(
    "--purl",
    "component",
    metavar="PURL",
    help="Which component it is; needed where the policy is about several.",
)
@click.option(
    "--policy", "-p", "policy_path", type=EXISTING_FILE, help="Who may speak, and what is asked of them."
)
@click.option("--trusted-root", type=EXISTING_FILE, help="Without a policy: the trusted_root.json.")
@click.option("--certificate-identity", "--cert-identity", metavar="SAN", help="Exactly this identity ...")
@click.option("--certificate-oidc-issuer", "--cert-oidc-issuer", metavar="URL", help="... of this issuer.")
@click.option("--repo", metavar="OWNER/NAME", help="This GitHub repository ...")
@click.option("--signer-workflow", metavar="WORKFLOW", help="... signed by this workflow.")
@click.option("--source-ref", metavar="REF", help="The signing run was for this git ref.")
@click.option("--key", type=EXISTING_FILE, help="Signed with this public key (PEM).")
@click.option("--profile", metavar="NAME", help="Without a policy: practices to ask for. Default: orc-light.")
@click.option("--identity-only", is_flag=True, help="Verify who signed; judge no practice.")
@click.option("--insecure-sandbox", is_flag=True, help="Accept a sandbox's trusted root; recorded.")
@click.option(
    "--format", "-f", "format_", type=click.Choice(list(RENDERERS)), default="text", help="Default: text."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here.")
def verify(
    *,
    target: str,
    bundles: tuple[Path, ...],
    evidence: tuple[Path, ...],
    component: str | None,
    policy_path: Path | None,
    trusted_root: Path | None,
    profile: str | None,
    identity_only: bool,
    insecure_sandbox: bool,
    format_: str,
    output: Path | None,
    **flags: Any,
) -> int:
    """Verify one artefact's declaration against identity and policy, offline.

    With --policy the policy says everything. Without one --trusted-root is required, and one of:
    --certificate-identity with --certificate-oidc-issuer; --repo with --signer-workflow; --key.
    """
    now = datetime.now(UTC)
    _refuse_empty({"purl": component, "profile": profile, **flags})
    if profile and identity_only:
        raise InputInvalid("--identity-only judges no practice: --profile can't be given with it")
    strange = [str(path) for path in evidence if not path.is_dir()]
    if strange:  # click lets devices and pipes pass
        raise InputInvalid(f"--evidence {', '.join(strange)} is no directory")
    asked = _component(component)
    subject = _subject(target, component=asked)
    if policy_path:
        _refuse_beside_policy({"trusted_root": trusted_root, "profile": profile, **flags})
        enforcement = enforce_policy(
            policy_path, identity_only=identity_only, accept_sandbox=insecure_sandbox, now=now
        )
    elif trusted_root:
        enforcement = enforce_flags(
            trusted_root,
            flags=SignerFlags(**flags),
            profile=profile,
            identity_only=identity_only,
            accept_sandbox=insecure_sandbox,
            now=now,
        )
    else:
        raise InputInvalid(
            "nothing says whom to trust",
            hint="give --policy, or --trusted-root with the identity you expect",
        )
    stores = _stores(target, bundles)
    decision = decide(
        subject,
        component=asked,
        stores=stores,
        enforcement=enforcement,
        evidence=EvidenceDirectory((*evidence, *_evidence_beside(target, bundles))).content,
        catalogue=load_catalogue(),
        now=now,
    )
    rendered = RENDERERS[format_](decision)
    if output:
        write_atomically(output, rendered.encode())
        click.echo(printable(f"{output}: exit {decision.exit_code}: {', '.join(decision.reasons)}"), err=True)
    elif format_ == "text":
        click.echo("\n".join(map(_painted, rendered.splitlines())))
    else:
        click.echo(rendered.removesuffix("\n"))
    return decision.exit_code


_COLOURS: Final = {
    "INSECURE": "yellow",
    "  refused": "red",
    "  no answer": "yellow",
    "exit 0": "green",
    "exit": "red",
}
"""What a line of the report begins with, and its colour at a terminal; the first that fits."""


def _painted(line: str) -> str:
    colour = next((colour for start, colour in _COLOURS.items() if line.startswith(start)), None)
    return click.style(line, fg=colour) if colour else line


def _component(text: str | None) -> Purl | None:
    if text is None:
        return None
    try:
        return purl.parse_purl(text)
    except purl.PurlInvalid as error:
        hint = f"its canonical spelling is {error.fix}" if error.fix else ""
        raise InputInvalid(f"--purl {text}: {error}", hint=hint) from error


def _subject(target: str, *, component: Purl | None) -> Subject:
    """The artefact in a file, or the one that a digest names; an empty file is every empty file."""
    name = str(component) if component else None
    algorithm, colon, value = target.partition(":")
    if colon and not Path(target).exists():
        try:
            digest = Digest(algorithm=algorithm, value=value)
        except ValueError as error:
            raise InputInvalid(
                f"{target} is neither a file nor a digest", hint="write sha256: and 64 lower-case hex digits"
            ) from error
        if hashlib.new(algorithm, b"").hexdigest() == value:
            raise InputInvalid(f"{target} is the digest of an empty file, and so of every one")
        return Subject(name=target, digests=(digest,), purl=name)
    path = Path(target)
    digests = hash_file(path)
    if path.stat().st_size == 0:
        raise InputInvalid(f"{target} is empty: a statement about it would fit every empty file")
    return Subject(
        name=target,
        digests=tuple(Digest(algorithm=each, value=digest) for each, digest in digests.items()),
        purl=name,
    )


def _refuse_empty(flags: dict[str, object]) -> None:
    """An empty value is most often an unset variable of a script; it must not read as a flag left out."""
    empty = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value == ""]
    if empty:
        raise InputInvalid(f"{', '.join(empty)} is empty", hint="give it a value, or leave it out")


def _refuse_beside_policy(flags: dict[str, object]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value is not None]
    if given:
        raise InputInvalid(
            f"{', '.join(given)} beside --policy: the policy says who may sign and what is asked",
            hint="leave them out, or the policy",
        )


def _stores(target: str, bundles: tuple[Path, ...]) -> tuple[Store, ...]:
    if bundles:
        # Files first: a bundle that is named and lies in a named directory, too, counts as named.
        return tuple(store_at(path) for path in sorted(bundles, key=Path.is_dir))
    if not Path(target).exists():
        raise InputInvalid("a digest has no neighbours to look at", hint="name a bundle with --bundle")
    return (DirectoryStore(Path(target).parent),)


def _evidence_beside(target: str, bundles: tuple[Path, ...]) -> tuple[Path, ...]:
    directories = [path if path.is_dir() else path.parent for path in bundles or (Path(target),)]
    return tuple(directory / EVIDENCE_SUBDIRECTORY for directory in directories)
