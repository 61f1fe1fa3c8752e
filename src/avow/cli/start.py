"""`avow start`: one folder for a product, with `avow.toml` and its defaults."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Final

import click

from avow.cli.folder import real_path
from avow.cli.options import Command
from avow.cli.terminal import count, say
from avow.errors import InputInvalid
from avow.files import write_atomically
from avow.product import PRODUCT_FILE

MAX_LOOKED_AT: Final = 2_000
"""Files that are looked at for SBOMs; a home directory has more, and is not a product folder."""

HEAD_BYTES: Final = 64 * 1024

_JSON_OR_XML: Final = re.compile(
    rb'"bomFormat"\s*:\s*"CycloneDX"|"spdxVersion"\s*:|cyclonedx\.org/schema/bom/|spdx\.org/rdf/3\.'
)
_FINDINGS: Final = re.compile(r"(?:^|[^a-z])(?:vdr|vex)(?:[^a-z]|$)", re.IGNORECASE)
"""What tools put into the name of a file that has findings or VEX; in its form it can be an SBOM."""

_TAG_VALUE: Final = re.compile(rb"^SPDXVersion:", re.MULTILINE)
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"

TEMPLATE: Final = """\
# One product. Every command of avow that is started in this folder takes its defaults from here; flags win.
# Paths are relative to this file and may contain *.
format = 1

# SBOMs of the product: CycloneDX, SPDX 2 and 3, and Yocto's SPDX archives.
sboms = [{sboms}]

# Snapshots of public data: advisories, exploited lists, end of life. `avow data add` puts files there,
# `avow data fetch` downloads them; nothing else goes to the network.
data = "snapshots"

# Findings and VEX of your own tools: Dependency-Track, OSV-Scanner, CycloneDX, OpenVEX, CSAF.
# findings = ["findings/*.json"]

# The same, as a supplier delivered them.
# supplied = ["supplied/*.json"]

# Signed declarations, provenance, Security Insights and Scorecard results in hand.
# evidence = ["evidence"]

# Trusted roots to verify them against (`avow trust pin` writes one), and a policy that says who may speak.
# roots = ["trusted_root.json"]
# policy = "policy.yaml"

# What components are, where the SBOM does not say it; `avow survey --propose FILE` proposes rows.
# map = "avow.map"

# What was decided about upstream projects and vulnerabilities; `avow plan update` adds what a survey found.
plan = "plan.yaml"

# What a survey writes.
record = "survey.json"
report = "survey.html"

[product]
name = {name}
# The day on which the first version is or was placed on the market, and the end of the support period.
# placed-on-market = 2027-12-11
# support-end = 2032-12-31
# Variants that differ in nothing that matters for security can share one record.
# variants = []
"""


@click.command(cls=Command, epilog="Example: avow start gateway")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--name", help="The product's name. Default: the folder's.")
@click.option("--print", "print_only", is_flag=True, help="Show the file and write nothing.")
def start(*, directory: Path, name: str | None, print_only: bool) -> None:
    """Write avow.toml into DIRECTORY, by default the current one; SBOMs found there are entered.

    Nothing else is created or changed, and an avow.toml that exists is never replaced.
    """
    if name is not None and not name.strip():
        raise InputInvalid("--name is empty", hint="give the product's name, or omit the option")
    sboms: list[str] = []
    for each in _sboms_in(directory):
        if not each.isprintable():
            say(f"{each} is not entered: its name has characters that can't be written or seen")
        elif _FINDINGS.search(each):
            say(f"{each} is not entered: by its name it is findings; name it under findings or supplied")
        else:
            sboms.append(each)
    content = TEMPLATE.format(
        sboms=", ".join(map(_quoted, sboms)),
        name=_quoted(_as_unicode(name or real_path(directory).name or "product")),
    )
    if print_only:
        click.echo(content, nl=False)
        return
    path = directory / PRODUCT_FILE
    if path.exists():
        raise InputInvalid(
            f"{path} exists; it is not replaced",
            location=str(path),
            hint="edit it, or avow start --print shows a new one",
        )
    write_atomically(path, content.encode())
    say(f"Wrote {path} with {count(len(sboms), 'SBOM')}.")
    inside = "" if directory == Path() else f"cd {shlex.quote(str(directory))}, then "
    first = "" if sboms else "name an SBOM under sboms, then "
    say(f"Next: {inside}{first}avow data fetch --all (or avow data add), then avow survey")


def _sboms_in(directory: Path) -> list[str]:
    """The files directly in `directory`, or one level below it, that look like SBOMs."""
    found: list[str] = []
    if directory.is_dir():
        candidates = [each for pattern in ("*", "*/*") for each in sorted(directory.glob(pattern))]
        for path in candidates[:MAX_LOOKED_AT]:
            relative = path.relative_to(directory)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                try:
                    with path.open("rb") as file:
                        head = file.read(HEAD_BYTES)
                except OSError:
                    continue  # a file that can't be read is not entered; survey would only refuse it
                if _looks_like_sbom(path.name, head):
                    found.append(relative.as_posix())
    return found


def _looks_like_sbom(name: str, head: bytes) -> bool:
    """By what an SBOM has near its start. Only to enter files into a list that a person reads."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"<"}:
        return _JSON_OR_XML.search(head) is not None
    return _TAG_VALUE.search(head) is not None or (start.startswith(_ZSTANDARD) and ".spdx." in name)


def _as_unicode(text: str) -> str:
    """`text`; bytes of the command line or the file system that are not UTF-8 become question marks."""
    return text.encode(errors="replace").decode()


def _quoted(text: str) -> str:
    """`text` as a TOML basic string, which escapes what JSON does, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
