"""Reading an SBOM against the floor, and a survey of 40 SBOMs with 10,000 components in all.

    python benchmarks/survey.py [--components 10000] [--sboms 40] [--json]

The floor is msgspec, which decodes the same fields of the same document into typed structs and checks nothing
else: no duplicate keys, no depth, no identifiers that occur twice. Memory is the growth of the peak. The
survey runs as one process with an index of 20,000 generated records, which is built before. CPU time counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import msgspec

READ_LIMIT: Final = 6.0
"""How many times as long as the floor reading may take; 2 was asked for, see docs/decisions/0080."""

SURVEY_SECONDS: Final = 60
RECORDS: Final = 20_000


class _Hash(msgspec.Struct):
    alg: str
    content: str


class _Link(msgspec.Struct):
    type: str
    url: str


class _Licence(msgspec.Struct):
    license: dict[str, str] | None = None
    expression: str | None = None


class _Component(msgspec.Struct, rename={"bom_ref": "bom-ref"}):
    type: str
    name: str
    bom_ref: str | None = None
    version: str | None = None
    purl: str | None = None
    cpe: str | None = None
    licenses: list[_Licence] | None = None
    hashes: list[_Hash] | None = None
    externalReferences: list[_Link] | None = None  # noqa: N815  the format's name


class _Dependency(msgspec.Struct):
    ref: str
    dependsOn: list[str] | None = None  # noqa: N815  the format's name


class _Bom(msgspec.Struct):
    components: list[_Component]
    dependencies: list[_Dependency]


def document(components: int, *, first: int = 0) -> bytes:
    """A CycloneDX document as Syft writes it, with made-up packages."""
    numbers = range(first, first + components)
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": [
                {
                    "bom-ref": f"pkg:npm/lib-{n}@1.{n % 90}.0?package-id={n:016x}",
                    "type": "library",
                    "name": f"lib-{n}",
                    "version": f"1.{n % 90}.0",
                    "purl": f"pkg:npm/lib-{n}@1.{n % 90}.0",
                    "cpe": f"cpe:2.3:a:lib-{n}:lib-{n}:1.{n % 90}.0:*:*:*:*:*:*:*",
                    "licenses": [{"license": {"id": "MIT"}}],
                    "hashes": [{"alg": "SHA-256", "content": f"{n:064x}"}],
                    "externalReferences": [{"type": "vcs", "url": f"https://github.com/example/lib-{n}"}],
                    "properties": [{"name": f"syft:{key}", "value": "a value"} for key in "abcde"],
                }
                for n in numbers
            ],
            "dependencies": [
                {
                    "ref": f"pkg:npm/lib-{n}@1.{n % 90}.0?package-id={n:016x}",
                    "dependsOn": [
                        f"pkg:npm/lib-{other}@1.{other % 90}.0?package-id={other:016x}"
                        for other in (
                            first + (n - first + 1) % components,
                            first + (n - first + 7) % components,
                        )
                    ],
                }
                for n in numbers
            ],
        },
        indent=1,
    ).encode()


def archive(path: Path) -> None:
    """OSV records about one package in ten."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for n in range(RECORDS):
            events = [{"introduced": "0"}, {"fixed": f"1.{n % 90}.5"}]
            record = {
                "id": f"x_BENCH-{n}",
                "modified": "2026-11-20T00:00:00Z",
                "affected": [
                    {
                        "package": {"ecosystem": "npm", "name": f"lib-{n * 10}"},
                        "ranges": [{"type": "SEMVER", "events": events}],
                    }
                ],
            }
            file.writestr(f"{record['id']}.json", json.dumps(record))


def measured(part: str, path: Path) -> dict[str, float]:
    """CPU seconds and growth of the peak in MiB, in a process of its own."""
    ran = subprocess.run(  # noqa: S603  this file
        [sys.executable, __file__, "--part", part, "--file", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def part_of(part: str, path: Path) -> dict[str, float]:
    """Read the document once to warm up, and then five times; the least counts."""
    data = path.read_bytes()
    if part == "floor":
        decoder = msgspec.json.Decoder(_Bom)
        run: Any = lambda: decoder.decode(data)  # noqa: E731  a name for either
    else:
        from avow.sbom import read_sbom  # noqa: PLC0415  not in the floor's process

        run = lambda: read_sbom(data, source="bench")  # noqa: E731  see above
    before = peak_mib()
    run()
    grown = peak_mib() - before
    least = float("inf")
    for _ in range(5):
        started = time.process_time()
        run()
        least = min(least, time.process_time() - started)
    return {"cpu": least, "mib": grown}


def peak_mib() -> float:
    """Of this process; a child begins with its parent's peak in what getrusage says."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def survey(directory: Path, *, sboms: int, components: int) -> float:
    """CPU seconds of one survey."""
    names = []
    for number in range(sboms):
        each = components // sboms
        path = directory / f"{number}.cdx.json"
        path.write_bytes(document(each, first=number * each))
        names.append(str(path))
    archive(directory / "all.zip")
    avow = [sys.executable, "-m", "avow"]
    data = str(directory / "snapshots")
    subprocess.run(  # noqa: S603  our own command
        [*avow, "data", "add", "--data", data, str(directory / "all.zip")], check=True, capture_output=True
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603  our own command
        [*avow, "survey", *names, "--data", data, "--record", str(directory / "survey.json"), "--quiet"],
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure, print, and say whether the limits are kept."""
    options = argparse.ArgumentParser(description="Reading and surveying SBOMs.")
    options.add_argument("--components", type=int, default=10_000)
    options.add_argument("--sboms", type=int, default=40)
    options.add_argument("--json", action="store_true")
    options.add_argument("--part")
    options.add_argument("--file", type=Path)
    chosen = options.parse_args()
    if chosen.part:
        print(json.dumps(part_of(chosen.part, chosen.file)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bom.json"
        path.write_bytes(document(chosen.components))
        floor, ours = measured("floor", path), measured("ours", path)
        seconds = survey(Path(name), sboms=chosen.sboms, components=chosen.components)
    ratio = ours["cpu"] / floor["cpu"]
    if chosen.json:
        print(json.dumps({"floor": floor, "ours": ours, "ratio": ratio, "survey": seconds}))
    else:
        print(f"one SBOM with {chosen.components:,} components")
        print(f"  msgspec, the same fields  {floor['cpu'] * 1000:7.0f} ms  +{floor['mib']:.0f} MiB")
        print(
            f"  read_sbom                 {ours['cpu'] * 1000:7.0f} ms  +{ours['mib']:.0f} MiB  {ratio:.1f} x"
        )
        print(f"{chosen.sboms} SBOMs with {chosen.components:,} components: {seconds:.1f} s of CPU")
    return int(ratio > READ_LIMIT or seconds > SURVEY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
