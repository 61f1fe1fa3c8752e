"""`avow verify`: one artefact against identity and policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from avow.cli.options import EXISTING, EXISTING_FILE, Command, StoreLocation
from avow.errors import InputInvalid
from avow.files import inputs_protected, write_atomically
from avow.report import RENDERERS
from avow.report.text import conclusion
from avow.resolve import resolve_subject
from avow.stores import Store, open_evidence, open_stores
from avow.values import printable
from avow.verification.judge import verify as decide
from avow.verification.session import SignerFlags, session_for_flags, session_for_policy


@click.command(
    cls=Command,
    epilog="Example: avow verify acmelib.tar.gz --policy policy.yaml --purl pkg:pypi/acmelib@2.4.1",
)
@click.argument("target", metavar="FILE|sha256:HEX")
@click.option(
    "--bundle",
    "bundles",
    type=StoreLocation(),
    multiple=True,
    help="A bundle, or a directory of bundles. Default: FILE's directory.",
)
@click.option("--evidence", type=EXISTING, multiple=True, help="A directory of files named sha256-HEX.")
@click.option(
    "--purl",
    "component",
    metavar="PURL",
    help="Which component the artefact is; required if the policy is about several.",
)
@click.option(
    "--policy",
    "-p",
    "policy_path",
    type=EXISTING_FILE,
    help="Who may sign for which component, and what is required.",
)
@click.option(
    "--observations",
    type=EXISTING_FILE,
    multiple=True,
    help="What your own organisation saw and decided; with --policy. Repeatable.",
)
@click.option("--trusted-root", type=EXISTING_FILE, help="Trusted root to verify against, without a policy.")
@click.option(
    "--certificate-identity",
    "--cert-identity",
    metavar="SAN",
    help="Identity in the certificate, compared literally.",
)
@click.option(
    "--certificate-oidc-issuer", "--cert-oidc-issuer", metavar="URL", help="Issuer in the certificate."
)
@click.option("--repo", metavar="OWNER/NAME", help="GitHub repository that the workflow ran for.")
@click.option(
    "--signer-workflow",
    metavar="WORKFLOW",
    help="Workflow that signed, such as .github/workflows/release.yml.",
)
@click.option("--source-ref", metavar="REF", help="Git ref that the workflow ran for.")
@click.option("--key", type=EXISTING_FILE, help="Public key that signed (PEM).")
@click.option("--profile", metavar="NAME", help="Practices to require, without a policy. Default: orc-light.")
@click.option("--identity-only", is_flag=True, help="Only verify who signed.")
@click.option("--insecure-sandbox", is_flag=True, help="Accept a sandbox trusted root; the result says so.")
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(list(RENDERERS)),
    default="text",
    help="Output format. Default: text.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the result. Default, and -: standard output.",
)
@inputs_protected()
def verify(
    *,
    target: str,
    bundles: tuple[str, ...],
    evidence: tuple[Path, ...],
    component: str | None,
    policy_path: Path | None,
    observations: tuple[Path, ...],
    trusted_root: Path | None,
    profile: str | None,
    identity_only: bool,
    insecure_sandbox: bool,
    format_: str,
    output: Path | None,
    **flags: Any,
) -> int:
    """Verify the declaration of an artefact against identity and policy, offline.

    A policy names roots, signers and requirements. Without --policy, --trusted-root is required, and one of:
    --certificate-identity with --certificate-oidc-issuer; --repo with --signer-workflow; --key.
    """
    now = datetime.now(UTC)
    if output == Path():
        raise InputInvalid("--output is empty", hint="give it a value, or omit the option")
    output = None if output == Path("-") else output
    subject = resolve_subject(target, purl=component)
    if policy_path:
        _refuse_beside_policy({"trusted_root": trusted_root, "profile": profile, **flags})
        session = session_for_policy(
            policy_path,
            identity_only=identity_only,
            accept_sandbox=insecure_sandbox,
            today=now.date(),
            observations=observations,
        )
    elif observations:
        raise InputInvalid(
            "--observations needs --policy, which says what is required",
            hint="write a policy; docs/policy.md has a complete example",
        )
    elif trusted_root:
        session = session_for_flags(
            trusted_root,
            flags=SignerFlags(**flags),
            profile=profile,
            identity_only=identity_only,
            accept_sandbox=insecure_sandbox,
        )
    elif any(value is not None for value in flags.values()):
        raise InputInvalid(
            "--trusted-root is missing",
            hint="avow trust pin --output trusted_root.json writes the public root; or use --policy",
        )
    else:
        raise InputInvalid(
            "no trusted signer is given",
            hint="give --policy, or --trusted-root with the signer you expect",
        )
    report = decide(
        (subject,),
        session=session,
        stores=_stores(target, bundles),
        evidence=open_evidence(evidence, bundles=bundles or (target,)),
        now=now,
    ).collected()
    rendered = RENDERERS[format_](report)
    if output:
        write_atomically(output, "".join(rendered).encode())
        click.echo(printable(f"{output}: {conclusion(report)}"), err=True)
    else:
        paint = format_ == "text"
        for text in rendered:
            click.echo("\n".join(map(_painted, text.splitlines())) if paint else text.removesuffix("\n"))
    return report.exit_code


_COLOURS: Final = {
    "INSECURE": "yellow",
    "  refused": "red",
    "  not checked": "yellow",
    "exit 0": "green",
    "exit": "red",
}
"""What a line of the report begins with, and its colour at a terminal; the first that fits."""


def _painted(line: str) -> str:
    colour = next((colour for start, colour in _COLOURS.items() if line.startswith(start)), None)
    return click.style(line, fg=colour) if colour else line


def _refuse_beside_policy(flags: dict[str, object]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value is not None]
    if given:
        raise InputInvalid(
            f"{', '.join(given)} can't be combined with --policy, which says who may sign",
            hint="omit these options, or omit --policy",
        )


def _stores(target: str, bundles: tuple[str, ...]) -> tuple[Store, ...]:
    if bundles:
        return open_stores(bundles)
    if not Path(target).exists():
        raise InputInvalid(
            "there is no directory to search for the bundle of a digest", hint="name the bundle with --bundle"
        )
    return open_stores((str(Path(target).parent),))
