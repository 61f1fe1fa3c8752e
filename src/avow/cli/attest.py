"""Commands of the people who maintain: init, check, practices, attest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import DEFAULT_DECLARATION, EXISTING_FILE
from avow.cli.terminal import count, say, somebody_is_there
from avow.declaration.avow_yaml import Declaration
from avow.errors import InputInvalid
from avow.files import read_bounded
from avow.resolve import read_declaration
from avow.stores import EVIDENCE_DIRECTORY
from avow.values import printable

if TYPE_CHECKING:
    from avow.signing.client import Credential, SigningService
    from avow.signing.pipeline import Prepared

MAX_TRUST_CONFIG_BYTES: Final = 1024 * 1024


SHOWN_ARTEFACTS: Final = 10
"""Further ones are counted."""


@click.command()
@click.argument("artefacts", metavar="ARTEFACT...", nargs=-1, required=True)
@click.option("--release", metavar="VERSION", required=True, help="The version that the artefacts are.")
@click.option("--declaration", type=EXISTING_FILE, default=DEFAULT_DECLARATION, help="Default: avow.yaml.")
@click.option("--trust-config", type=EXISTING_FILE, help="Another Sigstore instance than public good.")
@click.option("--identity-token", metavar="TOKEN", help="An OIDC token; default: CI's, else the browser.")
@click.option("--rekor-version", type=click.Choice(["1", "2"]), help="Log version. Default: as configured.")
@click.option(
    "--output-directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where bundle and evidence go. Default: here.",
)
@click.option("--overwrite", is_flag=True, help="Replace a bundle of the same name.")
@click.option("--yes", "-y", is_flag=True, help="Sign without asking, also from a terminal.")
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
    """Sign the declaration for release artefacts: paths or globs.

    In CI the job's own identity signs. From a laptop your browser is asked, then the identity that becomes
    public for ever is shown, and nothing is signed before you say yes. Drafts are refused.
    """
    now = datetime.now(UTC)
    catalogue = load_catalogue()
    declared = read_declaration(declaration, now=now)
    if identity_token == "":
        raise InputInvalid("the identity token is empty", location="--identity-token")
    from avow.drafting.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second
    from avow.signing.client import Credential, ambient_credential  # noqa: PLC0415  see above
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    commit = open_checkout(declaration.parent).commit

    def prepare(credential: Credential | None) -> Prepared:
        return pipeline.prepare(
            declared,
            artefacts,
            source=str(declaration),
            base=declaration.parent,
            release=release,
            commit=commit,
            credential=credential,
            catalogue=catalogue,
            now=now,
        )

    prepared = prepare(None)  # all problems of the user's own files come before anybody signs in
    pipeline.check_destination(prepared, output_directory, overwrite=overwrite)
    service = _service(trust_config, rekor_version=int(rekor_version) if rekor_version else None)
    token = identity_token or ambient_credential()
    attended = token is None and not yes
    if attended and not somebody_is_there():
        raise InputInvalid(
            "nobody is there to say yes, and this is no CI job with an identity of its own",
            hint="give --identity-token, or --yes to sign in with a browser and sign without being asked",
        )
    credential = Credential.of(token or service.browser_credential())
    prepared = prepare(credential)
    _show_before_signing(prepared, credential, declared, release=release)
    if attended and not click.confirm(
        "This identity becomes public, for ever, in a transparency log. Sign?", err=True
    ):
        raise InputInvalid("nothing was signed", hint="answer y to sign")
    try:
        bundle = pipeline.sign(
            prepared,
            service=service,
            credential=credential,
            backend=open_backend(service.trusted_root),
            now=datetime.now(UTC),  # the person may have taken a while to sign in
        )
    except KeyboardInterrupt:
        say("no bundle was written, but the log may already hold an entry that shows your identity")
        raise
    path = pipeline.publish(prepared, bundle, directory=output_directory)
    beside = f", and {EVIDENCE_DIRECTORY}/ with it," if prepared.evidence else ""
    say(f"signed; next: publish this bundle{beside} beside the release")
    click.echo(printable(str(path)))


def _service(trust_config: Path | None, *, rekor_version: int | None) -> SigningService:
    from avow.signing.client import SigningService  # noqa: PLC0415  imports sigstore, half a second

    if trust_config is None:
        return SigningService.public_good(rekor_version=rekor_version)
    content = read_bounded(trust_config, max_bytes=MAX_TRUST_CONFIG_BYTES)
    return SigningService.from_trust_config(content, rekor_version=rekor_version, location=str(trust_config))


def _show_before_signing(
    prepared: Prepared, credential: Credential, declared: Declaration, *, release: str
) -> None:
    """Who signs what: a person reads it before saying yes, and a log of a CI job keeps it."""
    say(f"signing as  {credential.identity}  ({credential.issuer})")
    say(
        f"release     {declared.project.name} {release}: {count(len(declared.practices), 'practice')}, "
        f"{count(len(prepared.evidence), 'evidence file')}"
    )
    for subject in prepared.subjects[:SHOWN_ARTEFACTS]:
        say(f"about       {subject.name}")
    if len(prepared.subjects) > SHOWN_ARTEFACTS:
        say(f"            and {len(prepared.subjects) - SHOWN_ARTEFACTS} more")
