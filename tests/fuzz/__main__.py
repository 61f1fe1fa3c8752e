"""Mutates whatever strangers may hand us, and fails on any answer that is not ours: outside of CI, by hand.

    python tests/fuzz [TARGET ...] [--runs 10000] [--seed 1] [--coverage]

Each run changes an honest input, by bits, bytes, pieces, lines, JSON values, or bits inside its base64, and
gives it to the reader that a command would. Three things are failures: an exception that is not one of our
errors (exit code 70), a yes that the change should have prevented, and a run of more than two CPU seconds.
The process may have 2 GiB of memory. With --coverage, atheris chooses the changes by what they reach, and
ends the process when its runs are done, so it takes one TARGET; it is not among our dependencies: pip install
atheris.

The seed decides where and how an input is changed. Keys and signatures are new in each process, so the input
of a failure is written to fuzz-TARGET-RUN.bin.
"""

# ruff: noqa: S311, T201  a fuzzer is no cryptography, and prints

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.changes import changed
from fuzz.targets import Target, Wrong, targets

MAX_CPU_S: Final = 2.0
MAX_MEMORY_BYTES: Final = 2 * 1024**3


def attempt(target: Target, content: bytes) -> str | None:
    """What went wrong with `content`; None if nothing did."""
    started = time.process_time()
    try:
        target.survive(content)
    except Wrong as error:
        return f"a wrong yes: {error}"
    except Exception:  # noqa: BLE001  whatever it is, it is a failure
        return traceback.format_exc(limit=-6)
    spent = time.process_time() - started
    return f"{spent:.1f} CPU seconds" if spent > MAX_CPU_S else None


def run(name: str, target: Target, *, runs: int, seed: int) -> int:
    """The number of failures of `runs` changed inputs; each is written to a file."""
    rng = random.Random(f"{name} {seed}")
    started, failures, reasons = time.process_time(), 0, Counter[str]()
    for number in range(runs):
        content = changed(rng.choice(target.seeds), rng)
        problem = attempt(target, content)
        if problem is not None:
            failures += 1
            reasons[problem.strip().splitlines()[-1]] += 1
            if reasons[problem.strip().splitlines()[-1]] == 1:
                Path(f"fuzz-{name}-{number}.bin").write_bytes(content)
                print(f"{name}, run {number}: {problem}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = time.process_time() - started
    print(
        f"{name:14} {runs:9,} runs  {failures} failures  {spent:6.0f} s CPU  {peak} MiB at most", flush=True
    )
    return failures


def run_by_coverage(name: str, target: Target, *, runs: int, directory: Path) -> None:
    """The same with atheris, which ends the process: at the first failure, or when its runs are done."""
    import atheris  # type: ignore[import-untyped]  # noqa: PLC0415  not a dependency

    corpus = directory / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)

    def one(content: bytes) -> None:
        problem = attempt(target, content)
        if problem is not None:
            raise AssertionError(problem)

    atheris.instrument_all()
    atheris.Setup([name, f"-runs={runs}", "-max_len=20000", "-timeout=20", str(corpus)], one)
    atheris.Fuzz()


def main() -> int:
    """Run the targets that are asked; 1 if anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", nargs="*")
    parser.add_argument(
        "--runs", type=int, default=10_000, help="of the cheapest target; dearer ones get fewer"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args()
    if options.coverage and len(options.target) != 1:
        parser.error("--coverage takes exactly one TARGET")
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    directory = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108
    try:
        made = targets(directory)
        failures = 0
        for name in options.target or made:
            target = made[name]()
            runs = max(1, options.runs // target.cost)
            if options.coverage:
                run_by_coverage(name, target, runs=runs, directory=directory)
            failures += run(name, target, runs=runs, seed=options.seed)
        return int(failures > 0)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
