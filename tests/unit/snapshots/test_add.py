"""Adding files: recognised, copied, recorded; all of them or none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from support.public_data import EPSS, EU_KEV, HISTORY, KEV, SCORECARD, osv_archive, record

from avow.errors import InputInvalid
from avow.snapshots.add import Adding, Additions, Change
from avow.snapshots.manifest import differences, load_manifest

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Write = Callable[[str, Any], Path]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where the data directory will be."""
    return tmp_path / "data"


def add(directory: Path, *paths: Path, **options: Any) -> Additions:
    """Add files, and check that the directory is as its manifest says."""
    result = Adding(directory=directory, now=NOW, **options).add(paths)
    assert not list(differences(directory, load_manifest(directory)))
    assert not [each for each in (directory / ".avow").iterdir() if each.name.startswith("incoming")]
    return result


def paths(directory: Path) -> list[str]:
    """The paths in the manifest."""
    return [each.path for each in load_manifest(directory).files]


def problems(directory: Path, *given: Path, **options: Any) -> str:
    """Why nothing was added; nothing was."""
    before = (directory / "manifest.json").read_bytes() if directory.exists() else None
    with pytest.raises(InputInvalid) as caught:
        Adding(directory=directory, now=NOW, **options).add(given)
    after = (directory / "manifest.json").read_bytes() if (directory / "manifest.json").exists() else None
    assert after == before
    return (
        "\n".join(f"{each.source}: {each.message}" for each in caught.value.problems) or caught.value.message
    )


def test_a_file_is_copied_and_recorded(data: Path, write: Write) -> None:
    """With what the user says and what the content says."""
    path = write("x", KEV)
    result = add(data, path, origin="https://example.com/", retrieved=date(2026, 1, 30))
    (file,) = load_manifest(data).files

    assert [each.change for each in result.added] == [Change.ADDED]
    assert file.path == "kev/known_exploited_vulnerabilities.json"
    assert (data / file.path).read_bytes() == path.read_bytes()
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (file.bytes, file.records) == (path.stat().st_size, 1)
    assert (file.origin, file.retrieved) == ("https://example.com/", date(2026, 1, 30))
    assert file.stated == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert file.licence == "CC0-1.0"


def test_what_is_not_stated_stays_empty(data: Path, write: Write) -> None:
    """The time of a file on disk says nothing about the data."""
    add(data, write("x", EU_KEV))
    (file,) = load_manifest(data).files

    assert (file.origin, file.retrieved, file.stated, file.licence) == ("", None, None, "")


def test_a_licence_that_the_user_knows(data: Path, write: Write) -> None:
    """It replaces the one of the kind."""
    add(data, write("x", KEV), licence="MIT")

    assert load_manifest(data).files[0].licence == "MIT"


def test_a_directory_is_everything_in_it(data: Path, write: Write, tmp_path: Path) -> None:
    """Whatever the names are, and however deep; a file that is named twice is added once."""
    one = write("a/b/one", KEV)
    write("two", EPSS)
    osv_archive(tmp_path / "given" / "three.txt", record("PYSEC-1"))
    add(data, tmp_path / "given", one)

    assert paths(data) == [
        "epss/epss_scores-2026-01-03.csv",
        "kev/known_exploited_vulnerabilities.json",
        "osv/PyPI/all.zip",
    ]


def test_an_empty_directory(data: Path, tmp_path: Path) -> None:
    """Nothing to add is an error."""
    (tmp_path / "empty").mkdir()

    assert "no files to add" in problems(data, tmp_path / "empty")


def test_files_keep_their_names_where_the_content_gives_none(data: Path, write: Write) -> None:
    """Below the directory of their kind."""
    add(data, write("releases.csv", HISTORY))

    assert paths(data) == ["history/releases.csv"]


def test_one_bad_file_and_nothing_is_added(data: Path, write: Write) -> None:
    """All problems are reported at once."""
    found = problems(data, write("a", KEV), write("b", "notes"), write("c", "{"))

    assert "b: " in found
    assert "it looks like text" in found
    assert "c: " in found
    assert not (data / "kev").exists()


def test_unknown_files_are_left_out_if_the_user_says_so(data: Path, write: Write) -> None:
    """They are listed; a broken file of a known kind is an error all the same."""
    result = add(data, write("a", KEV), write("b", "notes"), skip_unknown=True)

    assert len(result.skipped) == 1
    assert "it looks like text" in result.skipped[0]
    assert "c" in problems(data, write("c", "{"), skip_unknown=True)


def test_only_the_kind_that_was_asked_for(data: Path, write: Write) -> None:
    """A download has to be what the table says."""
    assert "is EPSS, probability of exploitation, not CISA KEV" in problems(
        data, write("a", EPSS), only_kind="kev"
    )


@pytest.mark.parametrize(
    "content", [EPSS.replace("2026-01-03", "2026-03-01"), KEV | {"dateReleased": "2026-03-01T00:00:00Z"}]
)
def test_data_from_the_future(data: Path, write: Write, content: Any) -> None:
    """The clock is wrong, or the file."""
    assert "a stated date in the future" in problems(data, write("a", content))


def test_a_retrieval_in_the_future(data: Path, write: Write) -> None:
    """A mistyped year."""
    found = problems(data, write("a", KEV), write("b", EPSS), retrieved=date(2027, 1, 1))

    assert found == "2027-01-01 is in the future; nothing was downloaded on that day"


def test_the_same_file_again(data: Path, write: Write) -> None:
    """Nothing changes but what the user says about it; what was said before is kept."""
    path = write("a", KEV)
    add(data, path, retrieved=date(2026, 1, 5))
    result = add(data, path, origin="https://example.com/")

    assert [each.change for each in result.added] == [Change.UNCHANGED]
    assert load_manifest(data).files[0].origin == "https://example.com/"
    assert load_manifest(data).files[0].retrieved == date(2026, 1, 5)


def test_a_file_that_was_edited_is_restored_by_adding_it_again(data: Path, write: Write) -> None:
    """The hint of `avow data verify` works."""
    path = write("a", KEV)
    add(data, path)
    (data / "kev" / "known_exploited_vulnerabilities.json").write_bytes(b"edited")
    add(data, path)

    assert (data / "kev" / "known_exploited_vulnerabilities.json").read_bytes() == path.read_bytes()


def test_a_younger_edition_replaces_the_older_one(data: Path, write: Write) -> None:
    """By the date that the data states."""
    add(data, write("a", KEV))
    younger = KEV | {"dateReleased": "2026-01-20T00:00:00Z"}
    result = add(data, write("b", younger))

    assert [each.change for each in result.added] == [Change.REPLACED]
    assert load_manifest(data).files[0].stated == datetime(2026, 1, 20, tzinfo=UTC)


def test_a_younger_epss_replaces_the_older_one_under_another_name(data: Path, write: Write) -> None:
    """Its name has the day; two days of scores would be one too many."""
    add(data, write("a", EPSS))
    add(data, write("b", EPSS.replace("2026-01-03", "2026-01-04")))

    assert paths(data) == ["epss/epss_scores-2026-01-04.csv"]


def test_an_older_edition_does_not_replace_a_younger_one(data: Path, write: Write) -> None:
    """Unless the user says so."""
    add(data, write("a", KEV))
    older = write("b", KEV | {"dateReleased": "2025-12-01T00:00:00Z"})

    assert "which is younger: it is of 2026-01-02, this one of 2025-12-01" in problems(data, older)
    assert add(data, older, replace=True).added[0].change is Change.REPLACED


def test_an_edition_without_a_date_is_ordered_by_its_download(data: Path, write: Write) -> None:
    """EU KEV states no date; here, number and day of the entries are the same."""
    add(data, write("a", EU_KEV), retrieved=date(2026, 1, 1))
    other = write("b", [EU_KEV[0] | {"cveID": "CVE-2026-0002"}])

    assert "this one has 1, the newest of 2026-01-01" in problems(data, other)
    assert add(data, other, retrieved=date(2026, 1, 2)).added[0].change is Change.REPLACED


def eu_list(*days: str) -> list[dict[str, Any]]:
    """An EU KEV with an entry for each day."""
    return [
        EU_KEV[0] | {"cveID": f"CVE-2026-{1000 + number}", "dateReported": f"2026/01/{day}"}
        for number, day in enumerate(days)
    ]


@pytest.mark.parametrize("days", [("03", "04"), ("05",)])
def test_a_list_without_a_date_is_as_young_as_its_newest_entry(
    data: Path, write: Write, days: tuple[str, ...]
) -> None:
    """Older, or with fewer entries, it replaces nothing, though it was downloaded on the same day."""
    add(data, write("eukev-new-path.json", eu_list("04", "05")), retrieved=date(2026, 1, 30))
    older = write("eukev.json", eu_list(*days))
    found = problems(data, older, retrieved=date(2026, 1, 30))

    assert found.startswith(
        f"{older}: would replace eukev/eukev.json, which has 2 entries, the newest of 2026-01-05"
    )
    assert f"this one has {len(days)}, the newest of 2026-01-{days[-1]}" in found
    assert add(data, older, replace=True).added[0].before[0].newest == date(2026, 1, 5)


def test_a_list_without_a_date_and_with_a_younger_entry(data: Path, write: Write) -> None:
    """It replaces the other one; what was there is known."""
    add(data, write("a", eu_list("04")))
    (added,) = add(data, write("b", eu_list("04", "05"))).added

    assert added.change is Change.REPLACED
    assert (added.before[0].records, added.file.records) == (1, 2)
    assert load_manifest(data).files[0].newest == date(2026, 1, 5)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_two_lists_without_a_date_at_once(data: Path, write: Write, order: int, *, replace: bool) -> None:
    """The one with the newest entry is kept, also with --replace, and both are named."""
    older, younger = write("eukev.json", eu_list("03")), write("eukev-new-path.json", eu_list("03", "04"))
    result = add(data, *[older, younger][::order], replace=replace)

    assert [(each.change, each.file.records) for each in result.added] == [(Change.ADDED, 2)]
    assert result.skipped == (f"{older} is an older edition of {younger}, which is kept as eukev/eukev.json",)


def test_a_name_of_its_own_may_be_changed(data: Path, write: Write) -> None:
    """Where the name is the user's, another name is a way out; where the content gives it, it is not."""
    add(data, write("a.csv", HISTORY))
    add(data, write("kev", KEV))
    with pytest.raises(InputInvalid) as caught:
        Adding(directory=data, now=NOW).add([write("a.csv", HISTORY + "pkg:pypi/anvil,,2026-01-01,,x\n")])
    with pytest.raises(InputInvalid) as other:
        Adding(directory=data, now=NOW).add([write("kev", KEV | {"count": 2})])

    assert caught.value.problems[0].fix == "use --replace if it should, or give it another name"
    assert other.value.problems[0].fix == "use --replace if it should"


@pytest.mark.parametrize("order", [1, -1])
def test_two_editions_at_once(data: Path, write: Write, order: int) -> None:
    """The younger one is kept, in whatever order they are named, and it is said that one was left out."""
    one, two = write("a", KEV), write("b", KEV | {"dateReleased": "2026-01-20T00:00:00Z"})
    result = add(data, *[one, two][::order])

    assert load_manifest(data).files[0].stated == datetime(2026, 1, 20, tzinfo=UTC)
    assert len(result.added) == 1
    assert result.added[0].change is Change.ADDED
    assert result.skipped[0].startswith(f"{one} is an older edition of {two}, which is kept as kev/")


def test_two_editions_at_once_without_a_date(data: Path, write: Write) -> None:
    """Nobody can say which one counts, though both were downloaded on one day."""
    one, two = write("a", EU_KEV), write("b", [EU_KEV[0] | {"cveID": "CVE-2026-0002"}])

    found = problems(data, one, two, retrieved=date(2026, 1, 1), replace=True)
    assert f"and {one} have the same place, and neither is known to be newer" in found


def test_a_second_download_on_the_same_day(data: Path, write: Write) -> None:
    """A list without a date that changed since the morning replaces it."""
    add(data, write("a", EU_KEV), retrieved=date(2026, 1, 1))
    result = add(data, write("b", [EU_KEV[0] | {"cveID": "CVE-2026-0002"}]), retrieved=date(2026, 1, 1))

    assert [each.change for each in result.added] == [Change.REPLACED]


def test_two_days_of_scores_in_place(data: Path, write: Write) -> None:
    """Files that the user laid out stay, both of them; the index takes the younger one."""
    data.mkdir()
    write("a", EPSS).rename(data / "a.csv")
    write("b", EPSS.replace("2026-01-03", "2026-01-04")).rename(data / "b.csv")
    add(data, data, in_place=True)

    assert paths(data) == ["a.csv", "b.csv"]


def test_two_files_that_are_the_same(data: Path, write: Write) -> None:
    """Copies count once, and it is said."""
    result = add(data, write("a", KEV), write("b", KEV))

    assert len(paths(data)) == 1
    assert result.added[0].change is Change.ADDED
    assert "a is the same file as " in result.skipped[0]


def test_two_files_with_the_same_bytes_and_different_names(data: Path, write: Write) -> None:
    """Where the name is the user's, both are kept."""
    add(data, write("a.csv", HISTORY), write("b.csv", HISTORY))

    assert paths(data) == ["history/a.csv", "history/b.csv"]


def test_a_checksum_is_compared(data: Path, write: Write) -> None:
    """A file that has one beside it has to have that digest."""
    path = write("releases.csv", HISTORY)
    digest = hashlib.sha512(path.read_bytes()).hexdigest()
    good = write("releases.csv.sha512", f"{digest}  releases.csv\n")
    add(data, path, good)
    bad = write("releases.csv.sha512", f"{'0' * 128}  releases.csv\n")

    assert paths(data) == ["history/releases.csv", "history/releases.csv.sha512"]
    assert "does not have the sha512 digest" in problems(data, path, bad, replace=True)


def test_a_checksum_may_name_a_file_with_any_letters(data: Path, write: Write) -> None:
    """The name behind the digest is not read."""
    path = write("kev.json", KEV)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    add(data, path, write("kev.json.sha256", f"{digest}  kév.json\n".encode("latin-1")))

    assert paths(data) == [
        "kev/known_exploited_vulnerabilities.json",
        "kev/known_exploited_vulnerabilities.json.sha256",
    ]


def test_a_checksum_alone(data: Path, write: Write) -> None:
    """It is kept, and compared with nothing."""
    add(data, write("other.sha256", f"{'0' * 64}\n"))

    assert paths(data) == ["checksums/other.sha256"]


def test_in_place(data: Path, write: Write) -> None:
    """Files that are in the directory already are recorded under their names, and not touched."""
    for name in ("kev.json", "EPSS.csv"):
        (data / "mine").mkdir(parents=True, exist_ok=True)
        write(name, KEV if name == "kev.json" else EPSS).rename(data / "mine" / name)
    add(data, data, in_place=True)

    assert paths(data) == ["mine/EPSS.csv", "mine/kev.json"]


def test_in_place_after_a_change(data: Path, write: Write) -> None:
    """The user replaced the file; recording it again is what the user asks for."""
    data.mkdir()
    write("kev.json", KEV).rename(data / "kev.json")
    add(data, data, in_place=True)
    write("kev.json", KEV | {"dateReleased": "2025-12-01T00:00:00Z"}).rename(data / "kev.json")
    result = add(data, data, in_place=True)

    assert [each.change for each in result.added] == [Change.REPLACED]


def test_in_place_of_a_file_elsewhere(data: Path, write: Write) -> None:
    """The manifest only has what is in its directory."""
    assert "is not in the data directory" in problems(data, write("kev.json", KEV), in_place=True)


def test_in_place_beside_other_files(data: Path, write: Write) -> None:
    """What is left out is in the manifest as ignored, so the directory is as the manifest says."""
    data.mkdir()
    for name, content in (("kev.json", KEV), ("README.md", "# Notes\n"), ("OLD.md", "# Old\n")):
        write(name, content).rename(data / name)
    add(data, data, in_place=True, skip_unknown=True)
    assert load_manifest(data).ignored == ("OLD.md", "README.md")

    (data / "OLD.md").unlink()
    (data / "README.md").write_text(EPSS, encoding="utf-8")
    add(data, data / "README.md", in_place=True)
    assert load_manifest(data).ignored == ()
    assert paths(data) == ["README.md", "kev.json"]


def test_in_place_of_a_file_that_is_data_no_more(data: Path, write: Write) -> None:
    """It is in the manifest, so leaving it out would drop data."""
    data.mkdir()
    write("kev.json", KEV).rename(data / "kev.json")
    add(data, data, in_place=True)
    (data / "kev.json").write_text("# Notes\n", encoding="utf-8")

    assert "is no longer a file that avow data knows" in problems(
        data, data, in_place=True, skip_unknown=True
    )


def test_in_place_leaves_out_nothing_elsewhere(data: Path, write: Write) -> None:
    """A file outside the directory can't be ignored in it."""
    found = problems(data, write("notes.md", "# Notes\n"), in_place=True, skip_unknown=True)

    assert "is not in the data directory" in found


def test_a_problem_names_its_file_once(data: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the beginning of its line, under the name that the user gave."""
    monkeypatch.setattr("avow.snapshots.kinds.MAX_FILE_BYTES", 20)
    path = write("kev.json", KEV)

    assert problems(data, path) == f"{path}: is larger than 20 bytes, the limit for this file"


def test_a_directory_with_files_and_no_manifest(data: Path, write: Write) -> None:
    """Somebody laid it out by hand; the hint says how to record it."""
    data.mkdir()
    (data / "x").write_bytes(b"")
    with pytest.raises(InputInvalid, match=r"has files and no manifest\.json") as caught:
        Adding(directory=data, now=NOW).add([write("a", KEV)])

    assert "--in-place" in caught.value.hint


def test_a_name_that_a_manifest_can_not_have(data: Path, tmp_path: Path) -> None:
    """A file name is bytes; one that is not text, or that acts on a terminal, is refused."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name in (b"\xff.csv", b"\x1b[31m.csv"):
        with open(os.path.join(os.fsencode(folder), name), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123  bytes
            file.write(HISTORY)

    assert problems(data, folder).count("has a name that can't be used in one") == 2


def test_a_pipe_is_not_read(data: Path, tmp_path: Path) -> None:
    """It could block for ever."""
    os.mkfifo(tmp_path / "pipe")

    assert "not a regular file" in problems(data, tmp_path / "pipe")


@pytest.mark.parametrize("in_place", [False, True])
def test_a_file_larger_than_any_that_is_read(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_place: bool,  # noqa: FBT001  a case
) -> None:
    """Nothing of it is copied or hashed first; this one has no blocks on the disk."""
    add(data)
    path = data / "large"
    with path.open("wb") as file:
        file.truncate(3 * 1024**3)
    monkeypatch.setattr("shutil.copyfile", None)
    monkeypatch.setattr("avow.snapshots.add.hash_file", None)

    assert "has 3221225472 bytes; at most 2147483648 are read" in problems(data, path, in_place=in_place)


def test_a_manifest_that_would_be_too_large(
    data: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is moved before that is known."""
    add(data, write("a", KEV))
    monkeypatch.setattr("avow.snapshots.manifest.MAX_MANIFEST_BYTES", 600)

    assert "at most 600 are read" in problems(data, write("b", EU_KEV))
    assert not (data / "eukev").exists()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_to_a_file_of_the_directory(
    data: Path, write: Write, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    """It is the same file, which stays; afterwards writing through a hard link no longer changes it."""
    add(data, write("x", KEV), origin="https://example.com/")
    before = load_manifest(data)
    inside = data / before.files[0].path
    link(inside, tmp_path / "link")
    result = add(data, tmp_path / "link")

    assert [each.change for each in result.added] == [Change.UNCHANGED]
    assert load_manifest(data) == before
    assert (tmp_path / "link").read_bytes() == inside.read_bytes()
    if link is os.link:
        (tmp_path / "link").write_bytes(b"")
        assert not list(differences(data, before))


def test_a_file_of_the_directory_itself(data: Path, write: Write) -> None:
    """Named without --in-place: it is copied onto itself, and stays."""
    add(data, write("x", KEV))
    before = load_manifest(data)
    result = add(data, data / before.files[0].path)

    assert [each.change for each in result.added] == [Change.UNCHANGED]
    assert load_manifest(data) == before


def test_a_hard_link_in_the_directory(data: Path, write: Write) -> None:
    """In place, it is a file like any other."""
    add(data, write("x", KEV))
    (inside,) = paths(data)
    os.link(data / inside, data / "link")
    add(data, data, in_place=True)

    assert paths(data) == [inside, "link"]


def test_a_file_that_can_not_be_copied(data: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is an error of the call, with the file's name."""

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", fails)
    assert "a: can't be copied: No space left on device" in problems(data, write("a", KEV))


def test_progress_names_each_file(data: Path, write: Write) -> None:
    """Before it is read: a large one takes a while."""
    seen: list[str] = []
    add(data, write("a", KEV), write("b", SCORECARD), progress=lambda path: seen.append(path.name))

    assert seen == ["a", "b"]
