"""`avow inspect`: show the content of a bundle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from avow.cli.options import EXISTING_FILE, Command
from avow.report.outline import outline
from avow.transparency.trusted_root import load_root


@click.command(
    cls=Command,
    epilog="Example: avow inspect acmelib-2.4.1.practices.sigstore.json --trusted-root trusted_root.json",
)
@click.argument("bundle", type=EXISTING_FILE)
@click.option(
    "--trusted-root",
    type=EXISTING_FILE,
    help="Also verify the bundle against this root; the signer is not checked.",
)
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format. Default: text.",
)
def inspect(*, bundle: Path, trusted_root: Path | None, format_: str) -> int:
    """Show the content of BUNDLE: what it claims and what its certificate says, kept apart.

    Of a file with several bundles, each is shown. The output is not a verdict. Without --trusted-root nothing
    is verified, and every line may be forged.
    """
    from avow.verification.inspection import look  # noqa: PLC0415  imports sigstore

    root = load_root(trusted_root) if trusted_root else None
    seen = look(bundle, root=root, now=datetime.now(UTC))
    if format_ == "json":
        click.echo(json.dumps(seen[0] if len(seen) == 1 else seen, indent=2))
    else:
        click.echo("\n\n".join("\n".join(outline(each)) for each in seen))
    return 0
