"""Who may have signed, as an option: a policy, or a trusted root and one signer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from avow.cli.options import EXISTING_FILE
from avow.errors import InputInvalid

if TYPE_CHECKING:
    from avow.verification.session import Session

_Function = TypeVar("_Function", bound=Callable[..., object])

_OPTIONS: Final = (
    click.option(
        "--policy", "-p", "policy_path", type=EXISTING_FILE, help="Who may sign for which component."
    ),
    click.option(
        "--trusted-root", type=EXISTING_FILE, help="Trusted root to verify against, without a policy."
    ),
    click.option(
        "--certificate-identity",
        "--cert-identity",
        metavar="SAN",
        help="Identity in the certificate, compared literally.",
    ),
    click.option(
        "--certificate-oidc-issuer", "--cert-oidc-issuer", metavar="URL", help="Issuer in the certificate."
    ),
    click.option("--repo", metavar="OWNER/NAME", help="GitHub repository that the workflow ran for."),
    click.option(
        "--signer-workflow",
        metavar="WORKFLOW",
        help="Workflow that signed, such as .github/workflows/release.yml.",
    ),
    click.option("--source-ref", metavar="REF", help="Git ref that the workflow ran for."),
    click.option("--key", type=EXISTING_FILE, help="Public key that signed (PEM)."),
    click.option(
        "--insecure-sandbox", is_flag=True, help="Accept a sandbox trusted root; the result says so."
    ),
)


def signer_options(function: _Function) -> _Function:
    """Add the options that say whose signature counts."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def session_of_signer(
    *,
    policy_path: Path | None,
    trusted_root: Path | None,
    insecure_sandbox: bool,
    today: date,
    **flags: Any,
) -> Session:
    """What the options say is trusted; no practice is judged.

    Raises:
        InputInvalid: they name nobody, or contradict each other, or a file can't be used.
    """
    from avow.verification.session import (  # noqa: PLC0415  imports sigstore: half a second
        SignerFlags,
        session_for_flags,
        session_for_policy,
    )

    if policy_path:
        given = [name for name, value in {"trusted_root": trusted_root, **flags}.items() if value is not None]
        if given:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise InputInvalid(
                f"{options} can't be combined with --policy, which says who may sign",
                hint="omit these options, or omit --policy",
            )
        return session_for_policy(
            policy_path, identity_only=True, accept_sandbox=insecure_sandbox, today=today
        )
    if trusted_root:
        return session_for_flags(
            trusted_root,
            flags=SignerFlags(**flags),
            profile=None,
            identity_only=True,
            accept_sandbox=insecure_sandbox,
        )
    raise InputInvalid(
        "no trusted signer is given, and what nobody verified is not written into an SBOM",
        hint="give --policy, or --trusted-root with the signer you expect, as for avow verify",
    )


def given_signer_options(**given: Any) -> list[str]:
    """The names of the options among `given` that have a value."""
    return [
        "--policy" if name == "policy_path" else f"--{name.replace('_', '-')}"
        for name, value in given.items()
        if value not in (None, False)
    ]
