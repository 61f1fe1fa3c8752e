"""A checkout is read, never executed: within limits, inside its root, with git only where that is safe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from avow.drafting import checkout
from avow.drafting.checkout import open_checkout
from avow.errors import InputInvalid
from avow.files import is_in_git

LIMIT = 1000


def git(directory: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
        "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    identity = ("-c", "user.name=a", "-c", "user.email=a@acme.dev", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", "-C", str(directory), *identity, *arguments],
        check=True,
        capture_output=True,
        env=environment,
        text=True,
    )
    return done.stdout.strip()


def store(directory: Path, kind: str, content: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(directory), "hash-object", "-t", kind, "-w", "--stdin"],
        input=content,
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit with two files, two tags, a remote, an ignored and an untracked file."""
    directory = tmp_path / "acme"
    directory.mkdir()
    git(directory, "init", "-q")
    (directory / "README.md").write_text("# Acme\n", encoding="utf-8")
    (directory / ".gitignore").write_text("ignored\n", encoding="utf-8")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "first")
    git(directory, "tag", "v1.0.0")
    git(directory, "tag", "-a", "v1.1.0", "-m", "release")
    git(directory, "remote", "add", "origin", "https://user:secret@forge.dev/acme/lib.git")
    (directory / "ignored").write_text("x", encoding="utf-8")
    (directory / "new.md").write_text("x", encoding="utf-8")
    return directory


def test_a_repository(repository: Path) -> None:
    """Tracked and new files are listed, ignored ones not; tags, branch, remote and commit date are read."""
    found = open_checkout(repository)

    assert found.paths == (".gitignore", "README.md", "new.md")
    assert found.remote == "https://user:secret@forge.dev/acme/lib.git"
    assert found.branch == "main"
    assert found.last_commit == date(2026, 1, 2)
    assert [(tag.name, tag.day, tag.signed) for tag in found.tags] == [
        ("v1.0.0", date(2026, 1, 2), False),
        ("v1.1.0", date(2026, 1, 2), False),
    ]
    assert found.read("README.md", max_bytes=LIMIT).text == "# Acme\n"
    assert not found.truncated


def test_a_signed_tag_is_seen_and_not_verified(repository: Path) -> None:
    """The signature is found; no program to verify it was started."""
    body = git(repository, "cat-file", "tag", "v1.1.0")
    signed = body + "\n-----BEGIN PGP SIGNATURE-----\n\nno\n-----END PGP SIGNATURE-----\n"
    git(repository, "update-ref", "refs/tags/v1.1.0", store(repository, "tag", signed))

    assert [tag.signed for tag in open_checkout(repository).tags] == [False, True]


def test_a_commit(repository: Path) -> None:
    """The tree of the commit is read, whatever is in the directory now."""
    (repository / "README.md").write_text("changed", encoding="utf-8")
    found = open_checkout(repository, commit="v1.0.0")

    assert found.paths == (".gitignore", "README.md")
    assert found.read("README.md", max_bytes=LIMIT).text == "# Acme\n"
    assert found.read("README.md", max_bytes=3).data == b"# A"
    assert not found.read("README.md", max_bytes=3).complete
    assert found.read("not there", max_bytes=LIMIT).data == b""


def test_a_file_of_the_commit(repository: Path) -> None:
    """As it was committed, whatever is in the directory now; what was not committed is not there."""
    (repository / "README.md").write_text("# Edited\n", encoding="utf-8")
    (repository / "new.md").write_text("new\n", encoding="utf-8")
    checkout = open_checkout(repository)
    assert checkout.committed("README.md", max_bytes=100) == b"# Acme\n"
    assert checkout.committed("README.md", max_bytes=3) == b"# A"
    for missing in ("new.md", "nothing", "../x", "README.md/x", ""):
        assert checkout.committed(missing, max_bytes=100) is None
    assert open_checkout(repository.parent).committed("README.md", max_bytes=100) is None


def test_links_of_a_commit_are_not_listed(repository: Path) -> None:
    """Their content is a path, not a document."""
    (repository / "LICENSE").symlink_to("/etc/passwd")
    git(repository, "add", "LICENSE")
    git(repository, "commit", "-q", "-m", "link")

    assert "LICENSE" not in open_checkout(repository, commit="HEAD").paths


@pytest.mark.parametrize("commit", ["unknown-ref", "--output=x", "HEAD:README.md", ""])
def test_an_argument_that_is_not_a_commit_is_refused(repository: Path, commit: str) -> None:
    """An option or a file is not a commit."""
    if not commit:
        assert open_checkout(repository, commit="HEAD").commit is not None
        return
    with pytest.raises(InputInvalid):
        open_checkout(repository, commit=commit)


def test_a_directory_below_the_top_does_not_use_git(repository: Path) -> None:
    """Tags and remote belong to the surrounding repository, which may be another project."""
    below = repository / "vendored"
    below.mkdir()
    (below / "README.md").write_text("x", encoding="utf-8")
    found = open_checkout(below)

    assert (found.paths, found.tags, found.remote, found.commit, found.last_commit) == (
        ("README.md",),
        (),
        None,
        None,
        None,
    )


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are read all the same; directories of other projects are skipped."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for name in ("src/a.c", "node_modules/b.js", ".git/config", "c.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")

    assert open_checkout(tmp_path).paths == ("c.md", "src/a.c")
    with pytest.raises(InputInvalid):
        open_checkout(tmp_path, commit="HEAD")


@pytest.mark.parametrize("name", ["missing", "file", "loop"])
def test_a_path_that_is_not_a_directory_is_refused(tmp_path: Path, name: str) -> None:
    """The error names the path."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputInvalid):
        open_checkout(tmp_path / name)


def test_links_out_of_the_directory_are_not_followed(tmp_path: Path) -> None:
    """A link inside is followed; a link outside and a loop are empty; a device and a pipe are not opened."""
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "docs/LICENSE").write_text("text", encoding="utf-8")
    (root / "LICENSE").symlink_to("docs/LICENSE")
    (root / "outside").symlink_to("../secret")
    (root / "loop").symlink_to("loop")
    (root / "device").symlink_to("/dev/zero")
    (root / "folder").symlink_to("docs")
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "full")
    writer = os.open(root / "full", os.O_RDWR | os.O_NONBLOCK)
    os.write(writer, b"secret")
    found = open_checkout(root)

    assert found.read("LICENSE", max_bytes=LIMIT).text == "text"
    for name in ("outside", "loop", "device", "folder", "pipe", "full", "../secret", "a\0b"):
        assert found.read(name, max_bytes=LIMIT).data == b""
    os.close(writer)


def test_names_that_can_not_be_shown_are_not_listed(tmp_path: Path) -> None:
    """A line end in a file name could forge a line of the draft."""
    (tmp_path / "a\nb.md").write_text("x", encoding="utf-8")
    (tmp_path / "c.md").write_text("x", encoding="utf-8")

    assert open_checkout(tmp_path).paths == ("c.md",)


def test_large_files_and_trees_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first part of a huge file is read; if there are too many paths, `truncated` is set."""
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "b.md").write_text("x", encoding="utf-8")
    monkeypatch.setattr(checkout, "MAX_PATHS", 1)
    found = open_checkout(tmp_path)

    assert found.truncated
    assert len(found.paths) == 1
    document = found.read("a.md", max_bytes=LIMIT)
    assert (len(document.data), document.complete) == (LIMIT, False)


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("core.fsmonitor", "files"),
        ("core.hooksPath", "files"),
        ("core.pager", "log"),
        ("gpg.program", "log"),
        ("core.sshCommand", "blob"),
        ("core.alternateRefsCommand", "files"),
        ("diff.external", "log"),
        ("filter.x.smudge", "blob"),
        ("filter.x.clean", "files"),
    ],
)
def test_programs_named_by_the_checkout_are_not_started(repository: Path, key: str, action: str) -> None:
    """No setting of the repository can run a program."""
    marker = repository.parent / "ran"
    script = repository.parent / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=x diff=x\n", encoding="utf-8")
    git(repository, "config", key, str(repository.parent if key == "core.hooksPath" else script))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "diff.x.textconv", str(script))
    git(repository, "config", "alias.ls-files", f"!{script}")
    unsigned = git(repository, "cat-file", "commit", "HEAD")
    head, _, message = unsigned.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n no\n -----END PGP SIGNATURE-----"
    signed = store(repository, "commit", f"{head}\n{signature}\n\n{message}\n")
    git(repository, "update-ref", "refs/heads/main", signed)

    found = open_checkout(repository, commit="HEAD" if action == "blob" else None)
    assert found.tags
    assert found.last_commit
    found.read("README.md", max_bytes=LIMIT)

    assert not marker.exists()


@pytest.mark.parametrize("without", ["", "GIT_NO_LAZY_FETCH"])
def test_no_object_is_fetched_from_anywhere(
    repository: Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """A partial clone would fetch missing objects from its remote, with a program of the remote's choice.

    Older gits don't know GIT_NO_LAZY_FETCH, so the closed transports have to be enough alone.
    """
    kept = {name: value for name, value in checkout._ENVIRONMENT.items() if name != without}
    monkeypatch.setattr(checkout, "_ENVIRONMENT", kept)
    marker = repository.parent / "ran"
    blob = git(repository, "rev-parse", "HEAD:README.md")
    git(repository, "config", "core.repositoryFormatVersion", "1")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "remote", "set-url", "origin", f"ext::sh -c touch% {marker}")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()

    assert open_checkout(repository, commit="HEAD").read("README.md", max_bytes=LIMIT).data == b""
    assert not marker.exists()


def test_git_variables_of_the_environment_are_ignored(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_DIR and similar variables point elsewhere when a hook runs avow."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")

    assert open_checkout(repository).has_git


def test_a_git_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time limit, the directory is read without git."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n", encoding="utf-8")
    program.chmod(0o755)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.md").write_text("x", encoding="utf-8")
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(checkout, "GIT_TIMEOUT_S", 0.3)
    start = time.monotonic()

    assert open_checkout(tree).paths == ("a.md",)
    assert time.monotonic() - start < 10


def test_endless_output_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output of git can't fill the memory."""
    program = tmp_path / "git"
    program.write_text(f"#!{sys.executable}\nwhile True: print('x' * 4096)\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert len(checkout._git((), "x", max_bytes=10_000) or b"") == 10_000


# ---- checkouts that point elsewhere ----------------------------------------------------------------------


@pytest.fixture
def elsewhere(repository: Path, tmp_path: Path) -> Path:
    """A directory beside the checkout `repository` that whoever wrote a checkout must not have read."""
    assert repository.exists()
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "own.md").write_text("x", encoding="utf-8")
    return hostile


def test_another_worktree_in_the_configuration(repository: Path, tmp_path: Path) -> None:
    """`core.worktree` does not move the checkout; its own files are listed."""
    private = tmp_path / "private"
    private.mkdir()
    (private / "secret.md").write_text("x", encoding="utf-8")
    git(repository, "config", "core.worktree", str(private))
    assert "secret.md" not in open_checkout(repository).paths
    assert "README.md" in open_checkout(repository).paths


@pytest.mark.parametrize("how", ["file", "link", "commondir"])
def test_the_data_of_another_repository(repository: Path, elsewhere: Path, how: str) -> None:
    """Its tags, its remote with a password and its files stay unread; the directory is read without git."""
    entry, data = elsewhere / ".git", repository / ".git"
    if how == "file":
        entry.write_text(f"gitdir: {data}\n", encoding="utf-8")
    elif how == "link":
        entry.symlink_to(data)
    else:
        entry.mkdir()
        (entry / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
        (entry / "commondir").write_text(f"{data}\n", encoding="utf-8")
    found = open_checkout(elsewhere)
    assert (found.has_git, found.tags, found.remote, found.commit) == (False, (), None, None)
    assert found.paths == ("own.md",)


def test_a_worktree_and_a_submodule_have_their_own_data(repository: Path, tmp_path: Path) -> None:
    """Both point elsewhere, and what is there points back."""
    worktree = tmp_path / "worktree"
    git(repository, "worktree", "add", "-q", str(worktree))
    assert open_checkout(worktree).has_git
    assert {tag.name for tag in open_checkout(worktree).tags} == {"v1.0.0", "v1.1.0"}
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository), "inner")
    inner = open_checkout(outer / "inner")
    assert inner.has_git
    assert inner.paths == (".gitignore", "README.md")


@pytest.mark.skipif(os.name == "nt", reason="makes a POSIX program")
def test_a_program_in_the_checkout_is_not_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where PATH has a relative entry; a directory of PATH counts only if it is absolute."""
    ran = tmp_path / "ran"
    program = repository / "git"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert open_checkout(Path()).has_git
    assert not ran.exists()


@pytest.mark.parametrize("name", [".git", ".GIT", ".Git", ".git.", ".git ", "git~1", "GIT~1"])
def test_every_spelling_of_the_data_of_git(name: str) -> None:
    """Some file systems take each of them for `.git`, whose configuration may contain credentials."""
    assert is_in_git(Path("a") / name / "config")
    assert not is_in_git(Path("a") / f"x{name}" / "config")
    assert not is_in_git(Path(".github") / "workflows")
