"""An index of the size of OSV's PyPI, npm, Go, crates.io and Maven data: build time, size, look-up.

    python benchmarks/advisory_index.py [--records 10000 260000] [--json]

The records are generated in the proportions of November 2026: most are of malicious npm packages, one version
and one package each; the others have ranges, aliases and versions. The names are made up. For each size, the
archives are added to a data directory, and the index is built and asked, all in a process of its own. A
look-up takes all advisories of one package and the aliases of each; half of the packages have none. The
median of 20,000 look-ups in a random order is compared between the first and the last index.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

LIMIT: Final = 2.0
"""How many times as long a look-up may take in the largest index as in the smallest, which has 1/26 of it."""

SHARES: Final = {"npm": 0.85, "PyPI": 0.07, "Maven": 0.03, "Go": 0.03, "crates.io": 0.02}
"""Of all records, by ecosystem."""

MALICIOUS: Final = {"npm": 0.97, "PyPI": 0.45}
"""The share of records about malicious packages, roughly as in OSV's archives."""

PREFIXES: Final = {"Go": "example.com/", "Maven": "group:"}

LOOK_UPS: Final = 20_000
PAST: Final = datetime(2026, 11, 20, tzinfo=UTC)
_TEXT: Final = (
    "Any computer that has this package installed or running should be considered fully compromised. All "
    "secrets and keys stored on that computer should be rotated immediately from a different computer. "
)


def malicious(number: int, ecosystem: str) -> dict[str, Any]:
    """A record about a package that is malicious as a whole."""
    name = f"made-up-{ecosystem.lower()}-{number:x}"
    return {
        "schema_version": "1.7.4",
        "id": f"MAL-2026-{number}",
        "modified": "2026-06-25T12:51:33Z",
        "published": "2026-06-25T12:51:33Z",
        "summary": f"Malicious code in {name} ({ecosystem})",
        "details": f"---\n## Source: made-up ({number:064x})\n{_TEXT * 2}",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": name},
                "versions": ["1.0.0", f"1.0.{number % 97}"],
                "database_specific": {"cwes": [{"cweId": "CWE-506", "name": "Embedded Malicious Code"}]},
            }
        ],
        "references": [{"type": "WEB", "url": f"https://example.com/{number}"}],
        "database_specific": {
            "malicious-packages-origins": [{"id": f"{number:x}", "sha256": f"{number:064x}"}]
        },
    }


def vulnerability(number: int, ecosystem: str) -> dict[str, Any]:
    """A record about versions of one package of which several records are about, with an alias."""
    name = f"{PREFIXES.get(ecosystem, '')}package-{number // 4}"
    return {
        "schema_version": "1.7.4",
        "id": f"GHSA-{number:08x}",
        "modified": f"2026-05-{number % 28 + 1:02}T10:00:00.{number % 1000:03}Z",
        "published": "2026-04-01T00:00:00Z",
        "aliases": [f"CVE-2026-{10_000 + number}"],
        "summary": f"A made-up weakness in {name}",
        "details": _TEXT * 8,
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": name},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "0"}, {"fixed": f"{major}.{number % 20}.1"}],
                    }
                    for major in (1, 2, 3)
                ],
                "versions": [f"{major}.{minor}.0" for major in range(3) for minor in range(number % 20)],
            }
        ],
        "references": [{"type": "WEB", "url": f"https://example.com/{number}/{each}"} for each in range(4)],
    }


def generated(ecosystem: str, count: int, *, first: int) -> Iterator[dict[str, Any]]:
    """The records of one archive."""
    bad = round(count * MALICIOUS.get(ecosystem, 0))
    for number in range(count):
        make = malicious if number < bad else vulnerability
        yield make(first + number, ecosystem)


def mint(directory: Path, records: int) -> list[str]:
    """Write the archives; every package name that is in them, once."""
    names: dict[str, None] = {}
    first = 0
    for ecosystem, share in SHARES.items():
        folder = directory / ecosystem
        folder.mkdir(parents=True)
        count = round(records * share)
        with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for record in generated(ecosystem, count, first=first):
                archive.writestr(f"{record['id']}.json", json.dumps(record))
                names[f"{ecosystem} {record['affected'][0]['package']['name']}"] = None
        first += count
    return list(names)


def measure(archives: Path, data: Path) -> dict[str, Any]:
    """Add, build and ask; runs in a process of its own."""
    from avow.snapshots.add import Adding  # noqa: PLC0415  imported in the process that is measured
    from avow.snapshots.build import build_index, open_index  # noqa: PLC0415  as above
    from avow.snapshots.manifest import load_manifest  # noqa: PLC0415  as above

    started = time.process_time()
    Adding(directory=data, now=PAST).add([archives])
    added = time.process_time() - started
    manifest = load_manifest(data)
    started, wall = time.process_time(), time.monotonic()
    index_file = build_index(data, manifest)
    built, waited = time.process_time() - started, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    index = open_index(data, now=PAST)
    opened = time.process_time() - started
    chance = random.Random(1)  # noqa: S311  the same order each time, no secret
    known = json.loads((archives.parent / "names.json").read_bytes())
    asked = [chance.choice(known).split(" ", 1) for _ in range(LOOK_UPS // 2)]
    asked += [[ecosystem, f"no-such-{name}"] for ecosystem, name in asked]
    chance.shuffle(asked)
    spent, hits = [], 0
    for ecosystem, name in asked:
        start = time.perf_counter_ns()
        for advisory in index.about(ecosystem, name):
            index.names(advisory.id)
            hits += 1
        spent.append((time.perf_counter_ns() - start) / 1e3)
    return {
        "records": sum(each.records for each in manifest.files),
        "archiveMB": round(sum(each.bytes for each in manifest.files) / 1e6, 1),
        "addSeconds": round(added, 1),
        "buildSeconds": round(built, 1),
        "buildWallSeconds": round(waited, 1),
        "peakMiB": round(peak),
        "indexMB": round(index_file.stat().st_size / 1e6, 1),
        "openSeconds": round(opened, 2),
        "lookUpMicroseconds": round(statistics.median(spent), 1),
        "lookUpP99Microseconds": round(statistics.quantiles(spent, n=100)[98], 1),
        "hits": hits,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table or JSON; 1 if a look-up grows with the index."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, nargs="+", default=[10_000, 260_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(measure(options.measure / "archives", options.measure / "data")))
        return 0
    rows = []
    for records in options.records:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            names = mint(folder / "archives", records)
            (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
            ran = subprocess.run(  # noqa: S603  this script
                [sys.executable, __file__, "--measure", name], check=True, capture_output=True
            )
            rows.append(json.loads(ran.stdout))
    kept = rows[-1]["lookUpMicroseconds"] <= LIMIT * rows[0]["lookUpMicroseconds"]
    if options.json:
        print(json.dumps({"limit": LIMIT, "kept": kept, "sizes": rows}, indent=2))
        return int(not kept)
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    print(
        f"a look-up takes {rows[-1]['lookUpMicroseconds'] / rows[0]['lookUpMicroseconds']:.2f} times as long"
    )
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
