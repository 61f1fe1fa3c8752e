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
        "--policy",
        "-p",
        "policy_path",
        type=EXISTING_FILE,
        help="Who may sign for which component, and what is required.",
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
    identity_only: bool = True,
    profile: str | None = None,
    observations: tuple[Path, ...] = (),
    **flags: Any,
) -> Session:
    """What the options say is trusted, and what is asked unless `identity_only`.

    Raises:
        InputInvalid: they name nobody, or contradict each other, or a file can't be used.
    """
    from avow.verification.session import (  # noqa: PLC0415  imports sigstore: half a second
        SignerFlags,
        session_for_flags,
        session_for_policy,
    )

    if policy_path:
        beside = {"trusted_root": trusted_root, "profile": profile, **flags}
        if given := [name for name, value in beside.items() if value is not None]:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise InputInvalid(
                f"{options} can't be combined with --policy, which says who may sign",
                hint="omit these options, or omit --policy",
            )
        return session_for_policy(
            policy_path,
            identity_only=identity_only,
            accept_sandbox=insecure_sandbox,
            today=today,
            observations=observations,
        )
    if observations:
        raise InputInvalid(
            "--observations needs --policy, which says what is required",
            hint="write a policy; docs/policy.md has a complete example",
        )
    if trusted_root:
        return session_for_flags(
            trusted_root,
            flags=SignerFlags(**flags),
            profile=profile,
            identity_only=identity_only,
            accept_sandbox=insecure_sandbox,
        )
    if any(value is not None for value in flags.values()):
        raise InputInvalid(
            "--trusted-root is missing",
            hint="avow trust pin --output trusted_root.json writes the public root; or use --policy",
        )
    raise InputInvalid(
        "no trusted signer is given",
        hint="give --policy, or --trusted-root with the signer you expect",
    )


def given_signer_options(**given: Any) -> list[str]:
    """The names of the options among `given` that have a value."""
    return [
        "--policy" if name == "policy_path" else f"--{name.replace('_', '-')}"
        for name, value in given.items()
        if value not in (None, False)
    ]
