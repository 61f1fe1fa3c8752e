"""Check branch coverage against its minimum: 100 % for vocabulary and meaning, 95 % overall."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from test_architecture import PURE

PURE_MARK: Final = 100.0
OVERALL_MARK: Final = 95.0


def main() -> int:
    """Print everything below its minimum; 1 if there is anything."""
    report = subprocess.run(
        [sys.executable, "-m", "coverage", "json", "--quiet", "-o", "-"],
        check=True,
        capture_output=True,
    )
    measured: dict[str, Any] = json.loads(report.stdout)
    overall = measured["totals"]["percent_covered"]
    below = [
        f"{path}: {file['summary']['percent_covered']:.1f} %, pure modules need {PURE_MARK:.0f} %"
        for path, file in measured["files"].items()
        if top_of(path) in PURE and file["summary"]["percent_covered"] < PURE_MARK
    ]
    if overall < OVERALL_MARK:
        below.append(f"overall: {overall:.1f} %, at least {OVERALL_MARK:.0f} % are required")
    sys.stdout.write("".join(f"coverage too low: {line}\n" for line in below))
    sys.stdout.write(f"branch coverage {overall:.1f} % overall\n")
    return 1 if below else 0


def top_of(path: str) -> str:
    """The package or module directly under avow that contains a file; empty for the specification."""
    _, _, inside = Path(path).as_posix().partition("src/avow/")
    return inside.partition("/")[0].removesuffix(".py")


if __name__ == "__main__":
    sys.exit(main())
