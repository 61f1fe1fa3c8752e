"""`avow withdraw`: take back a signed declaration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from avow.cli.options import EXISTING_FILE, Command
from avow.cli.signing import (
    Instance,
    confirmation_options,
    instance_options,
    moment_of,
    show_subjects,
    sign_prepared,
)
from avow.cli.terminal import say
from avow.files import inputs_protected, read_bounded
from avow.statement.withdrawal import Reason
from avow.stores import MAX_BUNDLE_BYTES
from avow.values import printable, utc_text

if TYPE_CHECKING:
    from avow.signing.client import Credential
    from avow.signing.pipeline import Prepared


@click.command(
    cls=Command,
    epilog="Example: avow withdraw dist/acmelib-2.4.1.practices.sigstore.json --reason factsWrong",
)
@click.argument("bundle", type=EXISTING_FILE)
@click.option(
    "--reason",
    type=click.Choice([str(each) for each in Reason]),
    required=True,
    help="Why it is withdrawn.",
)
@click.option("--explanation", metavar="TEXT", help="What else consumers should know; public for ever.")
@click.option(
    "--superseded-by",
    type=EXISTING_FILE,
    help="The bundle of the corrected declaration, if it is signed already.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the withdrawal. Default: next to BUNDLE, ending in .withdrawal.sigstore.json.",
)
@instance_options
@confirmation_options
@inputs_protected()
def withdraw(
    *,
    bundle: Path,
    reason: str,
    explanation: str | None,
    superseded_by: Path | None,
    output: Path | None,
    trust_config: Path | None,
    identity_token: str | None,
    rekor_version: str | None,
    overwrite: bool,
    yes: bool,
) -> None:
    """Sign that the declaration in BUNDLE is withdrawn, with the identity that signed it.

    Consumers who get both no longer rely on it: their result is blocked until they have a later declaration
    of the same signer. BUNDLE has to verify against the instance that signs. Nobody can take a withdrawal
    back.
    """
    now = datetime.now(UTC)
    instance = Instance(trust_config=trust_config, identity_token=identity_token, rekor_version=rekor_version)
    content = read_bounded(bundle, max_bytes=MAX_BUNDLE_BYTES)
    corrected = read_bounded(superseded_by, max_bytes=MAX_BUNDLE_BYTES) if superseded_by else None
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second
    from avow.signing import withdrawal as withdrawing  # noqa: PLC0415  see above
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    service = instance.open()
    backend = open_backend(service.trusted_root)
    withdrawn = withdrawing.read_signed(content, location=str(bundle), backend=backend, now=now)
    successor = (
        withdrawing.read_signed(corrected, location=str(superseded_by), backend=backend, now=now)
        if corrected is not None
        else None
    )
    path = output or bundle.with_name(withdrawing.withdrawal_name(bundle.name))

    def prepare(credential: Credential | None) -> Prepared:
        return withdrawing.prepare_withdrawal(
            withdrawn,
            reason=reason,
            explanation=explanation,
            superseded_by=successor,
            bundle_name=path.name,
            credential=credential,
            now=moment_of(credential, now=now),
        )

    def show(prepared: Prepared, credential: Credential) -> None:
        say(f"withdraws   sha256:{withdrawn.payload_sha256}")
        say(f"            signed {utc_text(withdrawn.signed_at)} by {withdrawn.signer}")
        say(f"because     {Reason(reason).meaning}" + (f" ({explanation})" if explanation else ""))
        show_subjects(prepared)
        if withdrawing.differs_in_workflow(withdrawn, credential):
            say("note: it was signed by another workflow or for a tag; check that consumers allow this one")

    pipeline.check_destination(prepare(None), path.parent, overwrite=overwrite, option="--output")
    written, _ = sign_prepared(
        prepare, instance=instance, service=service, show=show, directory=path.parent, yes=yes
    )
    say("signed; next: publish it next to the bundle that it withdraws, and leave that one there")
    click.echo(printable(str(written)))
