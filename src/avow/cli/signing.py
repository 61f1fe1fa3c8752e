"""What the commands that sign share: their options, who signs, and the question before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from avow.cli.options import EXISTING_FILE
from avow.cli.terminal import is_interactive, say
from avow.errors import InputInvalid
from avow.files import read_bounded

if TYPE_CHECKING:
    from avow.signing.client import Credential, SigningService
    from avow.signing.pipeline import Prepared

MAX_TRUST_CONFIG_BYTES: Final = 1024 * 1024

CLOCK_NOTE: Final = timedelta(minutes=1)
"""A token that is older is mentioned: the clock may be ahead."""

SHOWN_NAMES: Final = 10
"""Artefacts that are listed before signing; the others are counted."""

_Function = TypeVar("_Function", bound=Callable[..., object])

_INSTANCE: Final = (
    click.option(
        "--trust-config", type=EXISTING_FILE, help="Sigstore instance to use. Default: public good."
    ),
    click.option(
        "--identity-token", metavar="TOKEN", help="OIDC token. Default: from CI, else from the browser."
    ),
    click.option(
        "--rekor-version", type=click.Choice(["1", "2"]), help="Rekor version to use. Default: as configured."
    ),
)
_CONFIRMATION: Final = (
    click.option("--overwrite", is_flag=True, help="Replace an existing bundle with the same name."),
    click.option("--yes", "-y", is_flag=True, help="Sign without asking for confirmation."),
)


def instance_options(function: _Function) -> _Function:
    """Add the options that say with which instance, and as whom."""
    for option in reversed(_INSTANCE):
        function = option(function)
    return function


def confirmation_options(function: _Function) -> _Function:
    """Add the options that say yes in advance."""
    for option in reversed(_CONFIRMATION):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The Sigstore instance, and the identity token if one was given."""

    trust_config: Path | None
    identity_token: str | None
    rekor_version: str | None

    def __post_init__(self) -> None:
        """Refuse an empty token: a variable of a script that is not set."""
        if self.identity_token == "":
            raise InputInvalid("the identity token is empty", location="--identity-token")

    def open(self) -> SigningService:
        """The instance's services.

        Raises:
            InputInvalid, ServiceUnavailable: its configuration can't be used, or could not be fetched.
        """
        from avow.signing.client import SigningService  # noqa: PLC0415  imports sigstore, half a second

        rekor_version = int(self.rekor_version) if self.rekor_version else None
        if self.trust_config is None:
            return SigningService.public_good(rekor_version=rekor_version)
        content = read_bounded(self.trust_config, max_bytes=MAX_TRUST_CONFIG_BYTES)
        return SigningService.from_trust_config(
            content, rekor_version=rekor_version, location=str(self.trust_config)
        )


def moment_of(credential: Credential | None, *, now: datetime) -> datetime:
    """The time that a statement gets: that of the token, if this machine's clock has passed it."""
    moment = credential.not_later_than(now) if credential else now
    if now - moment > CLOCK_NOTE:
        say(
            f"note: by this machine's clock, the identity token is {(now - moment).total_seconds():.0f} "
            "seconds old; "
            "the statement takes the token's time"
        )
    return moment


def show_subjects(prepared: Prepared) -> None:
    """What is signed is about these artefacts."""
    for subject in prepared.subjects[:SHOWN_NAMES]:
        say(f"about       {subject.name}")
    if len(prepared.subjects) > SHOWN_NAMES:
        say(f"            and {len(prepared.subjects) - SHOWN_NAMES} more")


def sign_prepared(
    prepare: Callable[[Credential], Prepared],
    *,
    instance: Instance,
    service: SigningService,
    show: Callable[[Prepared, Credential], None],
    directory: Path,
    yes: bool,
) -> tuple[Path, Prepared]:
    """Sign what `prepare` makes for whoever signs in, and write it to `directory`.

    A person at a terminal sees it first, and is asked unless `yes`.

    Raises:
        InputInvalid: nobody can be asked, nobody confirmed, or what was prepared can't be signed or written.
        ServiceUnavailable: a service did not sign.
    """
    from avow.signing import pipeline  # noqa: PLC0415  imports sigstore: half a second
    from avow.signing.client import Credential, ambient_credential  # noqa: PLC0415  see above
    from avow.transparency import open_backend  # noqa: PLC0415  see above

    token = instance.identity_token or ambient_credential()
    attended = token is None and not yes
    if attended and not is_interactive():
        raise InputInvalid(
            "signing needs confirmation, but there is no terminal and no CI identity",
            hint="pass --identity-token, or --yes to sign in with a browser and sign without confirmation",
        )
    credential = Credential.of(token or service.browser_credential())
    prepared = prepare(credential)
    say(f"signing as  {credential.identity}  ({credential.issuer})")
    show(prepared, credential)
    if attended and not click.confirm(
        "This identity will be public, for ever, in a transparency log. Sign?", err=True
    ):
        raise InputInvalid("nothing was signed", hint="to sign, run the command again and answer y")
    try:
        path = pipeline.sign_to(
            directory,
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
    return path, prepared
