"""`avow attest`: sign a declaration for release artefacts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import DEFAULT_DECLARATION, EXISTING_FILE, Command
from avow.cli.reviews import old_reviews
from avow.cli.signing import (
    Instance,
    confirmation_options,
    instance_options,
    moment_of,
    show_subjects,
    sign_prepared,
)
from avow.cli.terminal import count, say
from avow.declaration.avow_yaml import Declaration
from avow.resolve import read_declaration
from avow.stores import EVIDENCE_DIRECTORY
from avow.stores.evidence import MAX_EVIDENCE_BYTES
from avow.values import printable

if TYPE_CHECKING:
    from avow.signing.client import Credential
    from avow.signing.pipeline import Prepared


@click.command(
    cls=Command, epilog="Example: avow attest dist/*.tar.gz --release 2.4.1 --output-directory dist"
)
@click.argument("artefacts", metavar="ARTEFACT...", nargs=-1, required=True)
@click.option("--release", metavar="VERSION", required=True, help="Version of the artefacts.")
@click.option(
    "--declaration",
    type=EXISTING_FILE,
    default=DEFAULT_DECLARATION,
    help="Declaration to sign. Default: avow.yaml.",
)
@instance_options
@click.option(
    "--output-directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Directory for bundle and evidence. Default: current directory.",
)
@confirmation_options
def attest(
    *,
    artefacts: tuple[str, ...],
    release: str,
    declaration: Path,
    trust_config: Path | None,
    identity_token: str | None,
    rekor_version: str | None,
    output_directory: Path,
    overwrite: bool,
    yes: bool,
) -> None:
    """Sign the declaration for release artefacts, given as paths or globs.

    In CI, the identity of the job signs. On your own machine, you sign in with a browser; then Avow shows the
    identity that will be public for ever and, without --yes, signs only after you have confirmed it. With
    --identity-token it does not ask. Declarations that still contain drafts are refused.
    """
    now = datetime.now(UTC)
    catalogue = load_catalogue()
    declared = read_declaration(declaration, now=now)
    instance = Instance(trust_config=trust_config, identity_token=identity_token, rekor_version=rekor_version)
    from avow.drafting.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second

    checkout = open_checkout(declaration.parent)

    def prepare(credential: Credential | None) -> Prepared:
        return pipeline.prepare(
            declared,
            artefacts,
            source=str(declaration),
            base=declaration.parent,
            release=release,
            commit=checkout.commit,
            committed=lambda path: checkout.committed(path, max_bytes=MAX_EVIDENCE_BYTES + 1),
            credential=credential,
            catalogue=catalogue,
            now=moment_of(credential, now=now),
        )

    prepared = prepare(None)  # report all errors in the user's files before anyone signs in
    pipeline.check_destination(prepared, output_directory, overwrite=overwrite)
    path, prepared = sign_prepared(
        prepare,
        instance=instance,
        service=instance.open(),
        show=lambda prepared, _credential: _show(prepared, declared, release=release, now=now),
        directory=output_directory,
        yes=yes,
    )
    evidence = f" and the directory {EVIDENCE_DIRECTORY}/" if prepared.evidence else ""
    say(f"signed; next: publish this bundle{evidence} next to the release artefacts")
    click.echo(printable(str(path)))


def _show(prepared: Prepared, declared: Declaration, *, release: str, now: datetime) -> None:
    """Show what is signed, for a person to confirm and for the log of a CI job."""
    say(
        f"release     {declared.project.name} {release}: {count(len(declared.practices), 'practice')}, "
        f"{count(len(prepared.evidence), 'evidence file')}"
    )
    files = dict.fromkeys(
        item.target for practice in declared.practices for item in practice.evidence if item.kind != "url"
    )
    show_subjects(prepared)
    for name in files:  # every one: it will be public for ever
        say(f"publishes   {name}")
    for line in old_reviews(declared, today=now.date()):
        say(line)
