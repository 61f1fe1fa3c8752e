"""Commands of the people who integrate: verify, inspect, trust."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from avow import purl
from avow.catalogue import load_catalogue
from avow.domain import Digest, Subject, printable
from avow.enforcement import SignerFlags, enforce_flags, enforce_policy
from avow.errors import InputInvalid
from avow.purl import Purl
from avow.report import RENDERERS
from avow.stores import DirectoryStore, EvidenceDirectory, Store, hash_file, store_at, write_atomically
from avow.trust import TrustedRootFile, embedded_root, load_root
from avow.verify import verify as decide

EVIDENCE_SUBDIRECTORY: Final = "evidence"
"""Where `avow attest` leaves evidence beside the bundle; looked at without being asked to."""

EXISTING: Final = click.Path(path_type=Path, exists=True)
EXISTING_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


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


@click.command()
@click.argument("bundle", type=EXISTING_FILE)
@click.option("--trusted-root", type=EXISTING_FILE, help="Also verify against this root, identity aside.")
@click.option(
    "--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text", help="Default: text."
)
def inspect(*, bundle: Path, trusted_root: Path | None, format_: str) -> int:
    """Look inside BUNDLE: what it claims and what its certificate says, kept apart.

    Nothing here is a verdict. Without --trusted-root nothing is even verified, and every line may be forged.
    """
    from avow.inspection import look  # noqa: PLC0415  imports sigstore

    root = load_root(trusted_root) if trusted_root else None
    seen = look(bundle, root=root, now=datetime.now(UTC))
    if format_ == "json":
        click.echo(json.dumps(seen, indent=2))
    else:
        click.echo("\n".join(_outline(seen)))
    return 0


def _outline(value: Any, *, indent: int = 0) -> list[str]:
    """A JSON object as indented lines for people, values in one column."""
    lines: list[str] = []
    width = max((len(key) for key, item in value.items() if not isinstance(item, dict | list)), default=0)
    for key, item in value.items():
        lead = " " * indent + printable(f"{key:<{width}}").rstrip()
        if isinstance(item, dict):
            lines += [lead, *_outline(item, indent=indent + 2)]
        elif isinstance(item, list):
            lines.append(lead)
            lines += [" " * (indent + 2) + "- " + printable(_line(each)) for each in item]
        else:
            lines.append(printable(f"{' ' * indent}{key:<{width}}  {item}"))
    return lines


def _line(item: object) -> str:
    if isinstance(item, dict):
        return "  ".join(str(each) for each in item.values() if each not in (None, ""))
    return str(item)


@click.group(invoke_without_command=True)
@click.pass_context
def trust(context: click.Context) -> None:
    """Show and pin trusted roots; without a command, show the public-good root of the sigstore package."""
    if context.invoked_subcommand is None:
        _list_root(embedded_root())


@trust.command("show", short_help="List the keys in a trusted root.")
@click.argument("root", type=EXISTING_FILE, required=False)
def show(*, root: Path | None) -> None:
    """List the keys in ROOT (default: the public-good root that comes with the sigstore package)."""
    _list_root(load_root(root) if root else embedded_root())


@trust.command("pin", short_help="Print the lines that pin a trusted root in a policy.")
@click.argument("root", type=EXISTING_FILE, required=False)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Copy the root here.")
def pin(*, root: Path | None, output: Path | None) -> None:
    """Print the lines that pin ROOT in a policy's `trust`, and write a copy with --output.

    Look at `avow trust show` first: pinning is a decision to trust every key in it. A policy looks for the
    file from where it lies itself.
    """
    loaded = load_root(root) if root else embedded_root()
    if output:
        if output.exists() and load_root(output).data != loaded.data:
            raise InputInvalid(
                f"{output} is already there and holds another root",
                hint="look at both with avow trust show, then move it away",
            )
        write_atomically(output, loaded.data)
    path = output or root
    if path is None:
        raise InputInvalid(
            "the built-in root is no file yet", hint="write it with --output trusted_root.json"
        )
    name = "sandbox" if loaded.is_sandbox else "public-good" if root is None else "root"
    click.echo("trust:")
    click.echo(f"  {name}:")
    click.echo(f"    root: {json.dumps(str(path))}")
    click.echo(f"    sha256: {loaded.sha256}")


def _list_root(root: TrustedRootFile) -> None:
    note = "  (a local sandbox: for rehearsals only)" if root.is_sandbox else ""
    click.echo(printable(f"{root.source}  sha256:{root.sha256}"))
    click.echo(printable(f"authorities of {root.organisation}{note}"))
    for service in root.services:
        window = f"{_day(service.start)} to {_day(service.end) if service.end else 'open'}"
        line = f"  {service.kind:5}  {window:24}  {service.identifier[:16]}…  {service.name}"
        click.echo(printable(line))


def _day(moment: str) -> str:
    """The date of a timestamp; to the second it stands in the file."""
    return moment.partition("T")[0]
