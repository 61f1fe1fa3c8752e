"""`avow verify`: one artefact against identity and policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from avow.cli.options import EXISTING, EXISTING_FILE, Command, StoreLocation
from avow.cli.signers import session_of_signer, signer_options
from avow.errors import InputInvalid
from avow.files import inputs_protected, write_atomically
from avow.report import RENDERERS
from avow.report.text import conclusion
from avow.resolve import resolve_subject
from avow.stores import Store, open_evidence, open_stores
from avow.values import printable
from avow.verification.judge import verify as decide


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
@signer_options
@click.option(
    "--observations",
    type=EXISTING_FILE,
    multiple=True,
    help="What your own organisation saw and decided; with --policy. Repeatable.",
)
@click.option("--profile", metavar="NAME", help="Practices to require, without a policy. Default: orc-light.")
@click.option("--identity-only", is_flag=True, help="Only verify who signed.")
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
    session = session_of_signer(
        policy_path=policy_path,
        trusted_root=trusted_root,
        insecure_sandbox=insecure_sandbox,
        today=now.date(),
        identity_only=identity_only,
        profile=profile,
        observations=observations,
        **flags,
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


def _stores(target: str, bundles: tuple[str, ...]) -> tuple[Store, ...]:
    if bundles:
        return open_stores(bundles)
    if not Path(target).exists():
        raise InputInvalid(
            "there is no directory to search for the bundle of a digest", hint="name the bundle with --bundle"
        )
    return open_stores((str(Path(target).parent),))
