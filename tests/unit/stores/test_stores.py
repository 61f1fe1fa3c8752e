"""Files and directories: what is found, what is bounded, what is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from pathlib import Path

import pytest

from avow import stores
from avow.errors import InputInvalid, StoreUnavailable
from avow.files import HASH_CHUNK_BYTES, hash_file, read_bounded, require_writable, write_atomically
from avow.results import Gap
from avow.stores import containers, evidence, evidence_name, open_evidence, open_store, open_stores
from avow.stores.evidence import EvidenceDirectory
from avow.stores.local import DirectoryStore, FileStore
from avow.stores.protocol import Candidate, Store
from avow.subject import Digest, Subject


def candidates(store: Store) -> list[Candidate]:
    """Everything the store offers, all of which has to be readable."""
    found = list(store.find(()))
    readable = [each for each in found if isinstance(each, Candidate)]
    assert readable == found
    return readable


def test_a_named_file_is_one_named_candidate(tmp_path: Path) -> None:
    """What the user points at is said to be named: its problems are refusals, not gaps."""
    path = tmp_path / "a.sigstore.json"
    path.write_bytes(b"{}")
    assert [(c.location, c.content, c.named) for c in candidates(open_store(str(path)))] == [
        (str(path), b"{}", True)
    ]


def test_a_directory_offers_what_is_named_like_a_bundle(tmp_path: Path) -> None:
    """Other files are not looked at; nothing in a directory counts as named."""
    for name in ("b.sigstore.json", "a.practices.sigstore.json", "readme.md", "c.json"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "d.sigstore.json").mkdir()
    found = candidates(open_store(str(tmp_path)))
    assert [Path(c.location).name for c in found] == ["a.practices.sigstore.json", "b.sigstore.json"]
    assert not any(c.named for c in found)


def test_json_lines_are_one_candidate_each(tmp_path: Path) -> None:
    """A candidate's location has its line."""
    path = tmp_path / "all.jsonl"
    path.write_bytes(b'{"a":1}\n\n{"b":2}\n')
    assert [(c.location, c.content) for c in candidates(FileStore(path))] == [
        (f"{path}:1", b'{"a":1}'),
        (f"{path}:3", b'{"b":2}'),
    ]


def test_a_json_lines_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first bundles are offered; that there are more is said."""
    monkeypatch.setattr(containers, "MAX_BUNDLES_IN_A_FILE", 2)
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"1\n2\n\n")
    assert len(candidates(FileStore(path))) == 2
    path.write_bytes(b"1\n2\n3\n")
    *offered, gap = FileStore(path).find(())
    assert len(offered) == 2
    assert isinstance(gap, Gap)
    assert gap.code == "too-many-bundles"


BUNDLE = b'{"mediaType": "application/vnd.dev.sigstore.bundle", "n": %d}'


@pytest.mark.parametrize("name", ["all.jsonl", "attestation.json", "all.sigstore.json"])
def test_json_lines_under_any_name(tmp_path: Path, name: str) -> None:
    """One file for a release: each line is a candidate, and none of them is the one that was named."""
    path = tmp_path / name
    path.write_bytes(b"\n".join(BUNDLE % number for number in range(3)) + b"\n")
    found = candidates(FileStore(path))
    assert [(each.location, each.named) for each in found] == [
        (f"{path}:{number}", False) for number in (1, 2, 3)
    ]


def test_an_indented_bundle_is_one(tmp_path: Path) -> None:
    """Its first line is not JSON by itself."""
    path = tmp_path / "a.sigstore.json"
    path.write_bytes(json.dumps(json.loads(BUNDLE % 1), indent=1).encode())
    assert [each.named for each in candidates(FileStore(path))] == [True]


def test_the_answer_of_an_interface(tmp_path: Path) -> None:
    """The bundles in it; entries without one are passed over."""
    path = tmp_path / "answer.json"
    bundle = json.loads(BUNDLE % 1)
    path.write_bytes(json.dumps({"attestations": [{"bundle": bundle}, {"bundle": None}, 3]}).encode())
    (found,) = candidates(FileStore(path))
    assert (found.location, json.loads(found.content)) == (f"{path}#/attestations/0/bundle", bundle)
    path.write_bytes(b'{"attestations": [{"bundle": {"a": 1, "a": 2}}]}')  # two readings: not taken apart
    assert [each.content for each in candidates(FileStore(path))] == [path.read_bytes()]


def test_an_array_of_bundles(tmp_path: Path) -> None:
    """As `jq -s` writes it; each counts as of a release."""
    path = tmp_path / "all.sigstore.json"
    path.write_bytes(b"[" + BUNDLE % 1 + b",\n" + BUNDLE % 2 + b"]")
    found = candidates(FileStore(path))
    assert [(each.location, json.loads(each.content)["n"]) for each in found] == [
        (f"{path}#/0", 1),
        (f"{path}#/1", 2),
    ]
    assert not any(each.named for each in found)
    path.write_bytes(b"[" + BUNDLE % 1 + b"]")
    assert [each.named for each in candidates(FileStore(path))] == [True]


@pytest.mark.parametrize("name", ["all.jsonl", "all.sigstore.json"])
def test_indented_values_one_after_the_other(tmp_path: Path, name: str) -> None:
    """As `jq` writes JSON Lines without -c."""
    path = tmp_path / name
    first, second = (json.dumps(json.loads(BUNDLE % number), indent=2).encode() for number in (1, 2))
    path.write_bytes(first + b"\n" + second + b"\n")
    assert [(each.location, each.content, each.named) for each in candidates(FileStore(path))] == [
        (f"{path}:1", first, False),
        (f"{path}:5", second, False),
    ]
    path.write_bytes(first + b"\n" + second[:-3])  # cut off: whatever it is, it is not taken apart
    assert len(candidates(FileStore(path))) == (7 if name.endswith(".jsonl") else 1)


def test_indented_values_are_bounded(tmp_path: Path) -> None:
    """Whatever they are, they are not read to find out."""
    path = tmp_path / "all.sigstore.json"
    path.write_bytes(b"[\n" + b"{},\n" * (1000 * 300) + b"{}]\n[]\n")
    assert len(candidates(FileStore(path))) == 1


@pytest.mark.parametrize("start", [b"\xff\xfe", b"\x1f\x8b", b"\xef\xbb\xbf"])
def test_another_form_is_one_candidate(tmp_path: Path, start: bytes) -> None:
    """Its lines would each be refused for another reason than the right one; found in a directory, too."""
    (tmp_path / "all.jsonl").write_bytes(start + b"\n".join([BUNDLE % 1, BUNDLE % 2]))
    for store in (FileStore(tmp_path / "all.jsonl"), DirectoryStore(tmp_path)):
        (found,) = candidates(store)
        assert found.content.startswith(start)


def test_an_artefact_is_no_bundle_of_its_own(tmp_path: Path) -> None:
    """A release may be a file that is named like a bundle."""
    path = tmp_path / "data.sigstore.json"
    path.write_bytes(b"a,b\n1,2\n")
    digest = Digest(algorithm="sha256", value=hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(list(DirectoryStore(tmp_path).find(()))) == 1
    assert list(DirectoryStore(tmp_path).find((Subject(name="data", digests=(digest,)),))) == []


def test_data_in_json_lines_is_no_bundle(tmp_path: Path) -> None:
    """A release may be such a file. If somebody names it, each line is looked at."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a":1}\n' + BUNDLE % 1 + b'\n{"b":2}\n{"mediaType":"text/plain"}\n')
    assert [each.location for each in candidates(DirectoryStore(tmp_path))] == [f"{path}:2"]
    assert len(candidates(FileStore(path))) == 4


def test_what_can_not_be_read_in_a_directory_is_a_gap(tmp_path: Path) -> None:
    """Nobody named it, so it spoils nothing; the user hears of it."""
    with (tmp_path / "a.sigstore.json").open("wb") as file:
        file.truncate(stores.MAX_BUNDLE_BYTES + 1)
    (tmp_path / "b.sigstore.json").write_bytes(b"{}")
    gap, candidate = DirectoryStore(tmp_path).find(())
    assert isinstance(gap, Gap)
    assert (gap.code, gap.location) == ("bundle-unreadable", str(tmp_path / "a.sigstore.json"))
    assert isinstance(candidate, Candidate)


def test_a_directory_that_is_gone_is_a_store_that_does_not_answer(tmp_path: Path) -> None:
    """What the other stores hold is judged all the same."""
    with pytest.raises(StoreUnavailable) as refusal:
        list(DirectoryStore(tmp_path / "none").find(()))
    assert refusal.value.location == str(tmp_path / "none")
    assert refusal.value.hint


def test_a_store_is_opened_by_its_scheme(tmp_path: Path) -> None:
    """A path is a file or a directory; a scheme that nobody reads is an error of the user's."""
    assert isinstance(open_store(str(tmp_path)), DirectoryStore)
    assert isinstance(open_store(f"file://{tmp_path}"), DirectoryStore)
    assert isinstance(open_store(str(tmp_path / "a.sigstore.json")), FileStore)
    with pytest.raises(InputInvalid) as refusal:
        open_store("gopher://example.org/bundles")
    assert "file://" in refusal.value.hint


def test_evidence_is_found_by_its_digest_and_only_if_the_bytes_have_it(tmp_path: Path) -> None:
    """A file that only has the name of a digest is not evidence."""
    content = b"evidence"
    digest = hashlib.sha256(content).hexdigest()
    evidence = EvidenceDirectory((tmp_path / "empty", tmp_path))
    assert evidence.content(digest) is None
    assert evidence.absence(digest) == "the file is not available"
    assert evidence.absence("../x") == "the file is not available"
    (tmp_path / f"sha256-{digest}").write_bytes(b"other")
    assert evidence.content(digest) is None
    assert evidence.absence(digest).endswith("has other bytes than were signed")
    (tmp_path / f"sha256-{digest}").write_bytes(content + b"\r\n")
    assert "other line endings" in evidence.absence(digest)
    (tmp_path / f"sha256-{digest}").write_bytes(content)
    assert evidence.content(digest) == content


def test_evidence_that_is_too_large_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts for nothing, and it fails no build."""
    content = b"evidence"
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / f"sha256-{digest}").write_bytes(content)
    monkeypatch.setattr(evidence, "MAX_EVIDENCE_BYTES", len(content) - 1)
    assert EvidenceDirectory((tmp_path,)).content(digest) is None


@pytest.mark.parametrize("word", ["", "/../secret", "AB" * 32])
def test_only_a_digest_becomes_a_path(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest is the project's word: nothing is opened for one that is none."""

    def opened(path: Path, **_: object) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr(evidence, "read_bounded", opened)
    assert EvidenceDirectory((tmp_path,)).content(word) is None


@pytest.mark.slow
def test_reading_is_bounded(tmp_path: Path) -> None:
    """A sparse gigabyte is refused without being read."""
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(InputInvalid, match="larger"):
        read_bounded(path, max_bytes=1024)
    assert len(hash_file(path)["sha256"]) == 64


@pytest.mark.parametrize("read", [lambda p: read_bounded(p, max_bytes=10), hash_file])
def test_what_is_no_readable_file_is_an_input_problem(read: object, tmp_path: Path) -> None:
    """Missing files and directories are distinguished from bugs."""
    assert callable(read)
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputInvalid):
            read(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe would block a reader for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputInvalid):
        hash_file(pipe)
    with pytest.raises(InputInvalid):
        read_bounded(pipe, max_bytes=10)


def test_both_digests_are_of_the_bytes(tmp_path: Path) -> None:
    """SHA-256 and SHA-512, in one pass over pieces."""
    path = tmp_path / "a"
    content = os.urandom(HASH_CHUNK_BYTES + 7)
    path.write_bytes(content)
    assert hash_file(path) == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "sha512": hashlib.sha512(content).hexdigest(),
    }


def test_writing_replaces_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    """The directory is made; the file is readable by others; no temporary stays."""
    path = tmp_path / "new" / "out.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["out.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_size_limit_leaves_the_old_file(tmp_path: Path) -> None:
    """A full disk or a limit is an input problem; what was there stays, and nothing half-written does."""
    path = tmp_path / "out.json"
    write_atomically(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputInvalid, match="can't write"):
            write_atomically(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


def test_a_directory_that_can_not_be_made_is_an_input_problem(tmp_path: Path) -> None:
    """A file stands where the directory should."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputInvalid):
        write_atomically(tmp_path / "file" / "out.json", b"x")


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    """Asked before people answer questions or sign: what was made to find out is gone, and nothing else."""
    (tmp_path / "there").mkdir()
    require_writable(tmp_path / "there" / "deep" / "deeper" / "file")
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]


@pytest.mark.parametrize("place", ["file/below", "/proc/file"])
def test_what_can_not_be_written_is_named(tmp_path: Path, place: str) -> None:
    """The path that was asked for, whatever was tried."""
    (tmp_path / "file").touch()
    with pytest.raises(InputInvalid, match=place):
        require_writable(tmp_path / place)


def test_evidence_is_beside_what_is_on_this_machine(tmp_path: Path) -> None:
    """A file's directory or the directory itself, also as a URI; beside another kind of store is nothing."""
    bundle = tmp_path / "a.sigstore.json"
    bundle.touch()
    expected = tmp_path / "evidence"
    expected.mkdir()
    content = b"evidence"
    sha256 = hashlib.sha256(content).hexdigest()
    (expected / evidence_name(sha256)).write_bytes(content)
    for location in (str(bundle), f"file://{bundle}", str(tmp_path), f"file://{tmp_path}"):
        assert open_evidence((), bundles=(location,)).content(sha256) == content
    assert open_evidence((), bundles=("archive:///tmp/a.zip",)).content(sha256) is None
    assert open_evidence((expected,), bundles=()).content(sha256) == content
    with pytest.raises(InputInvalid, match="nowhere"):
        open_evidence((tmp_path / "nowhere",), bundles=())


def test_named_files_are_read_before_directories(tmp_path: Path) -> None:
    """The same bytes in both count as named, in whatever order the two are given."""
    bundle = tmp_path / "a.sigstore.json"
    bundle.touch()
    for order in ((bundle, tmp_path), (tmp_path, bundle)):
        assert [str(store) for store in open_stores(map(str, order))] == [str(bundle), str(tmp_path)]


def test_a_bundle_behind_a_damaged_line(tmp_path: Path) -> None:
    """The order of the lines, and the name of the file, decide nothing."""
    damaged = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", '
    good = BUNDLE % 1
    for name in ("all.jsonl", "all.sigstore.json"):
        for lines, place in (((damaged, good), ":2"), ((good, damaged), ":1")):
            path = tmp_path / name
            path.write_bytes(b"\n".join(lines))
            for store in (FileStore(path), DirectoryStore(tmp_path)):
                found = {each.location: each.content for each in candidates(store)}
                assert found[f"{path}{place}"] == good
            path.unlink()


def test_lines_of_data_and_blanks_are_passed_over(tmp_path: Path) -> None:
    """The places are those of an editor, whatever is between the bundles."""
    path = tmp_path / "all.jsonl"
    escaped = (BUNDLE % 2).replace(b"application/", b"application\\/")
    path.write_bytes(b"\n \n{}\n\t" + BUNDLE % 1 + b"  \n" * 3 + b'"data"\r\n' + escaped + b"\r\n\n")
    found = candidates(DirectoryStore(tmp_path))
    assert [each.location for each in found] == [f"{path}:4", f"{path}:8"]
    assert [json.loads(each.content)["n"] for each in found] == [1, 2]
    assert [each.location for each in candidates(FileStore(path))] == [f"{path}:{n}" for n in (3, 4, 7, 8)]
