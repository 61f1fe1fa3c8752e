"""The product folder of a command: `avow.toml`, with its paths resolved."""

from __future__ import annotations

import glob
import shlex
from collections.abc import Sequence
from pathlib import Path

from avow.errors import InputInvalid
from avow.files import read_bounded
from avow.product import MAX_PRODUCT_BYTES, PRODUCT_FILE, ProductFolder, read_product

MAX_FILES: int = 10_000
"""That one pattern may stand for; more is a pattern that went wrong."""


class Folder:
    """What `avow.toml` in `directory` says; without the file, nothing."""

    def __init__(self, directory: Path, *, required: bool) -> None:
        path = directory / PRODUCT_FILE
        self.directory = directory
        self.exists = path.is_file()
        if required and not self.exists:
            raise InputInvalid(
                f"{directory} has no {PRODUCT_FILE}",
                location=str(path),
                hint=f"avow start {shlex.quote(str(directory))} writes one",
            )
        self.content = (
            read_product(read_bounded(path, max_bytes=MAX_PRODUCT_BYTES), source=str(path))
            if self.exists
            else ProductFolder()
        )

    @property
    def path_of_data(self) -> Path | None:
        """The data directory, if the file names one."""
        return self.path(self.content.data)

    def lists(self, sboms: Sequence[Path]) -> bool:
        """Each of `sboms` is one of the product's; without any, all of the product's are meant."""
        known = {
            real_path(self.directory / hit)
            for pattern in self.content.sboms
            for hit in (pattern, *glob.glob(pattern, root_dir=self.directory))  # noqa: PTH207  see paths
        }
        return all(real_path(each) in known for each in sboms)

    def path(self, text: str) -> Path | None:
        """One path of the file; `None` where it names none."""
        return self.directory / text if text else None

    def paths(self, patterns: tuple[str, ...], *, key: str) -> tuple[Path, ...]:
        """The files and directories that the patterns under `key` stand for, sorted by pattern and name.

        Raises:
            InputInvalid: a pattern stands for nothing, or for too much.
        """
        found: list[Path] = []
        for pattern in patterns:
            plain = self.directory / pattern
            hits = (
                [plain]
                if plain.exists()
                else [self.directory / hit for hit in sorted(glob.glob(pattern, root_dir=self.directory))]  # noqa: PTH207  absolute patterns too
            )
            if not hits or len(hits) > MAX_FILES:
                what = f"more than {MAX_FILES} files match" if hits else "no file matches"
                raise InputInvalid(
                    f"{key}: {what} {pattern}",
                    location=str(self.directory / PRODUCT_FILE),
                    hint=f"correct or remove it under {key}",
                )
            found += hits
        return tuple(dict.fromkeys(found))


def real_path(path: Path) -> Path:
    """Where `path` leads; a link that leads to itself is where it is named."""
    try:
        return path.resolve()
    except RuntimeError:  # Python 3.13 and later do this themselves
        return path.absolute()
