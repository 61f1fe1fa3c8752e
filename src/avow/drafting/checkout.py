"""A directory or a git commit as a `Tree`: paths, bounded reads, tags and dates. Nothing in it is executed.

A checkout may be hostile: its `.git/config` can name programs that git would start. So only git commands that
start no program are used, every setting known to start one is overridden on the command line, no transport is
allowed, and the output is limited in time and size. Without git, or if git refuses, the directory itself is
read.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from threading import Timer
from typing import Final

from avow.drafting.found import Document, Tag
from avow.errors import InputInvalid
from avow.files import is_in_git, read_bounded

__all__ = ["Checkout", "open_checkout"]

MAX_PATHS: Final = 100_000
"""Limit of paths per checkout; further paths are ignored, and `truncated` is set."""

MAX_GIT_BYTES: Final = 64 * 1024 * 1024
"""Limit for the output of one git command; 100,000 paths of ordinary length need a tenth of it."""

GIT_TIMEOUT_S: Final = 20.0

_MAX_POINTER_BYTES: Final = 4096
"""A file of git that contains one path."""

_SKIPPED: Final = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "vendor",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "__pycache__",
        "target",
        ".mypy_cache",
    }
)
"""Directories with other people's files, or with generated files only."""

_GIT: Final = (
    "--no-pager",
    "--no-optional-locks",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.sshCommand=false",
    "-c", "core.untrackedCache=false",
    "-c", "credential.helper=",
    "-c", "protocol.allow=never",
    "-c", "safe.bareRepository=explicit",
)  # fmt: skip
"""Source: git-config(1) for settings whose value git runs, gitprotocol-capabilities(5) for lazy fetches."""

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOC_LIMIT": "256m",
    "LC_ALL": "C",
}
"""Unlike `protocol.allow`, `GIT_ALLOW_PROTOCOL` overrides the repository's own settings. An object of git may
be packed a thousandfold, so each allocation has a limit. Source: git(1), git's `wrapper.c`."""

_KEPT_ENVIRONMENT: Final = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "XDG_CONFIG_HOME")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REGULAR_MODES: Final = frozenset({"100644", "100755", "100664"})


@dataclass(frozen=True)
class Checkout:
    """The parts of one directory that a draft may use. `open_checkout` creates it."""

    directory: Path
    paths: tuple[str, ...]
    truncated: bool = False
    remote: str | None = None
    """The URL of `origin` as configured. It may contain credentials, so it is never shown unchanged."""
    branch: str | None = None
    commit: str | None = None
    has_git: bool = False
    from_commit: bool = False
    """Paths and contents come from `commit`, not from the directory."""
    _root: Path = field(default=Path(), repr=False)
    _git: tuple[str, ...] = field(default=(), repr=False)
    """What tells git which repository is meant."""

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The tags with their dates; `signed` means that a signature exists, not that it was verified."""
        if not self.has_git:
            return ()
        form = "%(refname:strip=2)%00%(creatordate:short)%00%(objecttype)%00%(contents:signature)%00%01"
        answer = _git(self._git, "for-each-ref", f"--format={form}", "refs/tags") or b""
        found = []
        for record in answer.decode("utf-8", errors="replace").split("\x00\x01"):
            name, _, rest = record.lstrip("\n").partition("\x00")
            day, _, rest = rest.partition("\x00")
            kind, _, signature = rest.partition("\x00")
            with suppress(ValueError):
                found.append(
                    Tag(name=name, day=date.fromisoformat(day), signed=kind == "tag" and bool(signature))
                )
        return tuple(found)

    @cached_property
    def last_commit(self) -> date | None:
        """The date of the commit that is checked out."""
        if self.commit is None:
            return None
        answer = _git(self._git, "log", "-1", "--no-show-signature", "--format=%cs", self.commit, "--") or b""
        with suppress(ValueError):
            return date.fromisoformat(answer.decode("ascii", errors="replace").strip())
        return None

    def read(self, path: str, *, max_bytes: int) -> Document:
        """The first `max_bytes` of one of `paths`; empty if it can't be read or is not a regular file.

        Symbolic links are followed only inside the directory, and not into .git, whose configuration may
        contain credentials.
        """
        if self.from_commit:
            data = _git(self._git, "cat-file", "blob", f"{self.commit}:{path}", max_bytes=max_bytes + 1)
        else:
            data = _read_inside(self._root, path, max_bytes=max_bytes + 1)
        content = data or b""
        return Document(path=path, data=content[:max_bytes], complete=len(content) <= max_bytes)

    def committed(self, path: str, *, max_bytes: int) -> bytes | None:
        """The first `max_bytes` of the file `path` at `commit`; None if there is no such file."""
        if self.commit is None:
            return None
        return _git(self._git, "cat-file", "blob", f"{self.commit}:{path}", max_bytes=max_bytes)


def open_checkout(directory: Path, *, commit: str | None = None) -> Checkout:
    """The tree in `directory`, or the tree at `commit` if `directory` is the top of a git repository.

    Files that git ignores are left out. Below the top of a repository git is not used: its tags and URLs may
    belong to another project.

    Raises:
        InputInvalid: `directory` is not a directory, or `commit` is not a commit of this repository.
    """
    try:
        root = directory.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputInvalid(
            f"{directory} can't be opened",
            hint="give the path of an existing directory",
            location=str(directory),
        ) from error
    if not root.is_dir():
        raise InputInvalid(
            f"{directory} is not a directory", hint="give the path of a directory", location=str(directory)
        )
    top = _git(("-C", str(directory)), "rev-parse", "--show-prefix")  # git itself refuses foreign owners here
    data = _git_directory(root) if top is not None and not top.strip() else None
    has_git = data is not None
    git = ("-C", str(root), f"--git-dir={data}", f"--work-tree={root}")
    head = (
        _text(
            _git(
                git,
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{commit or 'HEAD'}^{{commit}}",
            )
        )
        if has_git
        else None
    )
    if head is not None and not _COMMIT.fullmatch(head):
        head = None
    if commit is not None and head is None:
        raise InputInvalid(
            f"{commit} is not a commit of this repository",
            hint="choose one that git log lists",
            location=str(directory),
        )
    if commit is not None:
        listed = _committed(git, head or "")
    elif has_git:
        listed = _split(
            _git(git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        )
    else:
        listed = _walk(root)
    paths: list[str] = []
    truncated = False
    for path in listed:
        if len(paths) >= MAX_PATHS:
            truncated = True
            break
        if _is_plain(path) and not _SKIPPED.intersection(path.split("/")[:-1]):
            paths.append(path)
    return Checkout(
        directory=directory,
        paths=tuple(sorted(paths)),
        truncated=truncated,
        remote=_text(_git(git, "config", "--local", "--no-includes", "--get", "remote.origin.url"))
        if has_git
        else None,
        branch=_branch(git) if has_git else None,
        commit=head,
        has_git=has_git,
        from_commit=commit is not None,
        _root=root,
        _git=git,
    )


def _branch(git: tuple[str, ...]) -> str | None:
    """The default branch of `origin`, or the branch that is checked out."""
    for ref in ("refs/remotes/origin/HEAD", "HEAD"):
        name = _text(_git(git, "symbolic-ref", "--quiet", "--short", ref))
        if name is not None:
            return name.removeprefix("origin/")
    return None


def _committed(git: tuple[str, ...], commit: str) -> Iterator[str]:
    for record in _split(_git(git, "ls-tree", "-r", "-z", "--full-tree", commit)):
        mode, _, rest = record.partition(" ")
        if mode in _REGULAR_MODES:
            yield rest.partition("\t")[2]


def _walk(root: Path) -> Iterator[str]:
    """The paths of all files below `root`, without git. Links to directories are not followed."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        base = PurePosixPath(Path(folder).relative_to(root).as_posix())
        for name in sorted(set(files) - {".git"}):  # the pointer of a worktree or a submodule
            yield (base / name).as_posix()


def _is_plain(path: str) -> bool:
    """A relative path that stays below its root and can be printed."""
    return bool(path) and path.isprintable() and not path.startswith("/") and ".." not in path.split("/")


def _read_inside(root: Path, path: str, *, max_bytes: int) -> bytes | None:
    try:
        target = (root / path).resolve(strict=True)
        if not target.is_relative_to(root) or is_in_git(target.relative_to(root)):
            return None
        # Without O_NONBLOCK, opening a named pipe would block forever.
        descriptor = os.open(
            target, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        )
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            return file.read(max_bytes)
    except (OSError, ValueError, RuntimeError):
        return None


def _split(answer: bytes | None) -> Iterator[str]:
    for name in (answer or b"").split(b"\0"):
        if name:
            yield name.decode("utf-8", errors="replace")


def _text(answer: bytes | None) -> str | None:
    text = (answer or b"").decode("utf-8", errors="replace").strip()
    return text if text and text.isprintable() else None


def _git_directory(root: Path) -> Path | None:
    """Where git keeps the data of the checkout in `root`; None if that is, or may be, another repository's.

    Whoever writes a checkout can point it anywhere: with a `.git` that is a link or a file, or with a
    `commondir` in it. A linked worktree or a submodule is believed if its data, which are not in it, name the
    checkout in turn. Source: gitrepository-layout(5).
    """
    entry = root / ".git"
    try:
        if entry.is_symlink():
            return None
        if entry.is_dir():
            return None if (entry / "commondir").exists() else entry
        pointer = read_bounded(entry, max_bytes=_MAX_POINTER_BYTES).decode()
        data = (root / pointer.removeprefix("gitdir:").strip()).resolve(strict=True)
        back = data / "gitdir"
        if back.is_file():
            named = data / read_bounded(back, max_bytes=_MAX_POINTER_BYTES).decode().strip()
            return data if named.resolve() == entry else None
        worktree = _git(
            (), "config", "--file", str(data / "config"), "--no-includes", "--get", "core.worktree"
        )
        named = data / (_text(worktree) or ".")
        return data if named.resolve() == root else None
    except (InputInvalid, OSError, ValueError, RuntimeError):
        return None


def _program() -> str:
    """Git from an absolute entry of PATH: `git`, or `git.exe`, in the checkout itself must never be run."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in ("git.exe",) if os.name == "nt" else ("git",):
            path = Path(folder) / name
            if path.is_absolute() and os.access(path, os.X_OK) and path.is_file():
                return str(path)
    raise FileNotFoundError("git")


def _git(repository: tuple[str, ...], *arguments: str, max_bytes: int = MAX_GIT_BYTES) -> bytes | None:
    """The first `max_bytes` of what git prints; `None` if git fails, takes too long or is not installed."""
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ} | _ENVIRONMENT
    try:
        process = subprocess.Popen(  # noqa: S603  fixed program, our own arguments; see the docstring of the module
            [_program(), *_GIT, *repository, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return None
    stop = Timer(GIT_TIMEOUT_S, process.kill)
    stop.start()
    try:
        with process:
            answer = process.stdout.read(max_bytes) if process.stdout else b""
            enough = len(answer) == max_bytes
            if enough:
                process.kill()
        return answer if enough or process.returncode == 0 else None
    finally:
        stop.cancel()
