"""`avow attest`: sign a declaration for release artefacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avow.catalogue.practices import load_catalogue
from avow.cli.options import DEFAULT_DECLARATION, EXISTING_FILE, Command
from avow.cli.terminal import count, is_interactive, say
from avow.declaration.avow_yaml import Declaration
from avow.errors import InputInvalid
from avow.files import read_bounded
from avow.resolve import read_declaration
from avow.stores import EVIDENCE_DIRECTORY
from avow.stores.evidence import MAX_EVIDENCE_BYTES
from avow.values import printable

if TYPE_CHECKING:
    from avow.signing.client import Credential, SigningService
    from avow.signing.pipeline import Prepared

MAX_TRUST_CONFIG_BYTES: Final = 1024 * 1024

CLOCK_NOTE: Final = timedelta(minutes=1)
"""A token that is older is mentioned: the clock may be ahead."""

REVIEW_NOTE: Final = timedelta(days=365)
"""The shortest age that a profile asks of a declarant's review."""

SHOWN_NAMES: Final = 10
"""Artefacts that are listed before signing; the others are counted."""


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
@click.option("--trust-config", type=EXISTING_FILE, help="Sigstore instance to use. Default: public good.")
@click.option(
    "--identity-token", metavar="TOKEN", help="OIDC token. Default: from CI, else from the browser."
)
@click.option(
    "--rekor-version", type=click.Choice(["1", "2"]), help="Rekor version to use. Default: as configured."
)
@click.option(
    "--output-directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Directory for bundle and evidence. Default: current directory.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing bundle with the same name.")
@click.option("--yes", "-y", is_flag=True, help="Sign without asking for confirmation.")
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
    if identity_token == "":
        raise InputInvalid("the identity token is empty", location="--identity-token")
    from avow.drafting.checkout import open_checkout  # noqa: PLC0415  only here
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second
    from avow.signing.client import Credential, ambient_credential  # noqa: PLC0415  see above
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    checkout = open_checkout(declaration.parent)

    def prepare(credential: Credential | None) -> Prepared:
        moment = credential.not_later_than(now) if credential else now
        if now - moment > CLOCK_NOTE:
            say(
                f"note: by this machine's clock, the identity token is {(now - moment).total_seconds():.0f} "
                "seconds old; "
                "the statement takes the token's time"
            )
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
            now=moment,
        )

    prepared = prepare(None)  # report all errors in the user's files before anyone signs in
    pipeline.check_destination(prepared, output_directory, overwrite=overwrite)
    service = _service(trust_config, rekor_version=int(rekor_version) if rekor_version else None)
    token = identity_token or ambient_credential()
    attended = token is None and not yes
    if attended and not is_interactive():
        raise InputInvalid(
            "signing needs confirmation, but there is no terminal and no CI identity",
            hint="pass --identity-token, or --yes to sign in with a browser and sign without confirmation",
        )
    credential = Credential.of(token or service.browser_credential())
    prepared = prepare(credential)
    _show_before_signing(prepared, credential, declared, release=release, now=now)
    if attended and not click.confirm(
        "This identity will be public, for ever, in a transparency log. Sign?", err=True
    ):
        raise InputInvalid("nothing was signed", hint="to sign, run the command again and answer y")
    try:
        path = pipeline.sign_to(
            output_directory,
            prepared,
            service=service,
            credential=credential,
            backend=open_backend(service.trusted_root),
            now=datetime.now(UTC),  # the person may have taken a while to sign in
        )
    except pipeline.BundleInHand as error:
        click.echo(error.bundle.decode())
        raise
    except KeyboardInterrupt:
        say("no bundle was written, but the log may already contain an entry that shows your identity")
        raise
    evidence = f" and the directory {EVIDENCE_DIRECTORY}/" if prepared.evidence else ""
    say(f"signed; next: publish this bundle{evidence} next to the release artefacts")
    click.echo(printable(str(path)))


def _service(trust_config: Path | None, *, rekor_version: int | None) -> SigningService:
    from avow.signing.client import SigningService  # noqa: PLC0415  imports sigstore, half a second

    if trust_config is None:
        return SigningService.public_good(rekor_version=rekor_version)
    content = read_bounded(trust_config, max_bytes=MAX_TRUST_CONFIG_BYTES)
    return SigningService.from_trust_config(content, rekor_version=rekor_version, location=str(trust_config))


def _show_before_signing(
    prepared: Prepared, credential: Credential, declared: Declaration, *, release: str, now: datetime
) -> None:
    """Show who signs what, for a person to confirm and for the log of a CI job."""
    say(f"signing as  {credential.identity}  ({credential.issuer})")
    say(
        f"release     {declared.project.name} {release}: {count(len(declared.practices), 'practice')}, "
        f"{count(len(prepared.evidence), 'evidence file')}"
    )
    files = dict.fromkeys(
        item.target for practice in declared.practices for item in practice.evidence if item.kind != "url"
    )
    for subject in prepared.subjects[:SHOWN_NAMES]:
        say(f"about       {subject.name}")
    if len(prepared.subjects) > SHOWN_NAMES:
        say(f"            and {len(prepared.subjects) - SHOWN_NAMES} more")
    for name in files:  # every one: it will be public for ever
        say(f"publishes   {name}")
    old = [
        each.id
        for each in declared.practices
        if each.reviewed_at and now.date() - each.reviewed_at > REVIEW_NOTE
    ]
    if old:
        say(
            f"note: reviewed more than {REVIEW_NOTE.days} days ago, so some consumers will not count them: "
            + ", ".join(old)
        )
