"""`avow start`: which files are entered as SBOMs, and that nothing else is touched."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Ended

from avow.cli import start as command
from avow.cli.start import start
from avow.product import read_product

Avow = Callable[..., Ended]

CYCLONEDX = b'{"bomFormat" : "CycloneDX", "specVersion": "1.6", "components": []}'
XML = b'<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'
SPDX = b'{"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3"}'
SPDX_3 = b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}'
TAG_VALUE = b"# made by hand\nSPDXVersion: SPDX-2.3\n"
ZSTANDARD = b"\x28\xb5\x2f\xfd" + b"\0" * 20
OPENVEX = b'{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the product's name, as the working directory."""
    directory = tmp_path / "gateway"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


def put(name: str, content: bytes) -> None:
    """Write a file."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content)


def entered(path: str = "avow.toml") -> list[str]:
    """The SBOMs in the file."""
    found: list[str] = tomllib.loads(Path(path).read_text(encoding="utf-8"))["sboms"]
    return found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.cdx.json", CYCLONEDX),
        ("no-name-at-all", CYCLONEDX),
        ("bom.json", b"\xef\xbb\xbf \n" + CYCLONEDX),
        ("bom.xml", XML),
        ("a.spdx.json", SPDX),
        ("a.jsonld", SPDX_3),
        ("a.spdx", TAG_VALUE),
        ("core-image-minimal-qemux86-64.rootfs.spdx.tar.zst", ZSTANDARD),
        ("sboms/firmware.cdx.json", CYCLONEDX),
        ('a "b" \u00e9.json', CYCLONEDX),
        ("[a]*.json", CYCLONEDX),
    ],
)
def test_an_sbom_is_entered(avow: Avow, name: str, content: bytes) -> None:
    """By its content, and a Yocto archive by its name; also one folder below."""
    put(name, content)
    ended = avow("start")
    assert ended.code == 0
    assert entered() == [name]
    assert "with 1 SBOM." in ended.err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", b"The SBOM says SPDXVersion: SPDX-2.3"),
        ("package.json", b'{"name": "acme"}'),
        ("a.vex.json", OPENVEX),
        ("feed.xml", b"<rss/>"),
        ("image.tar.zst", ZSTANDARD),
        (".hidden.json", CYCLONEDX),
        (".git/a.json", CYCLONEDX),
        ("a/b/deep.json", CYCLONEDX),
        ("empty.json", b""),
    ],
)
def test_another_file_is_not_entered(avow: Avow, name: str, content: bytes) -> None:
    """Nor a hidden one, or one deep below."""
    put(name, content)
    ended = avow("start")
    assert ended.code == 0
    assert entered() == []
    assert "with 0 SBOMs." in ended.err
    assert "name an SBOM under sboms" in ended.err


@pytest.mark.parametrize("name", ["a\nb.json", "a\x1b[2Jb.json", "a\x7f.json"])
def test_a_name_that_acts_on_the_terminal(avow: Avow, name: str) -> None:
    """It is not entered, and shown escaped."""
    put(name, CYCLONEDX)
    ended = avow("start")
    assert ended.code == 0
    assert entered() == []
    assert "is not entered" in ended.err
    assert "\x1b" not in ended.err


@pytest.mark.parametrize("name", ["gateway.vdr.json", "vex.cdx.json", "gateway-VEX.json"])
def test_a_file_of_findings(avow: Avow, name: str) -> None:
    """It has the form of an SBOM, and as one it would be a product of its own."""
    put(name, CYCLONEDX)
    put("vexing.json", CYCLONEDX)
    ended = avow("start")
    assert entered() == ["vexing.json"]
    assert f"{name} is not entered: by its name it is findings" in ended.err


def test_a_link_to_nowhere(avow: Avow) -> None:
    """Neither it nor a folder with the name of an SBOM stops the command."""
    Path("a.cdx.json").symlink_to("nowhere")
    Path("b.cdx.json").mkdir()
    assert avow("start").code == 0
    assert entered() == []


def test_a_file_that_can_not_be_read(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not entered, and does not stop the command."""
    opened = Path.open

    def refused(path: Path, *mode: Any, **more: Any) -> Any:
        if path.name == "b.json":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *mode, **more)

    put("a.json", CYCLONEDX)
    put("b.json", CYCLONEDX)
    monkeypatch.setattr(Path, "open", refused)
    assert avow("start").code == 0
    assert entered() == ["a.json"]


def test_a_folder_with_too_many_files(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a home directory is looked at, not all of it."""
    monkeypatch.setattr(command, "MAX_LOOKED_AT", 2)
    for name in ("a", "b", "c"):
        put(f"{name}.json", CYCLONEDX)
    assert avow("start").code == 0
    assert entered() == ["a.json", "b.json"]


def test_the_file_is_one_that_avow_reads(avow: Avow, here: Path) -> None:
    """With the folder's name; so are the lines that are comments, once somebody removes the mark."""
    put("a.json", CYCLONEDX)
    assert avow("start").code == 0
    text = Path("avow.toml").read_text(encoding="utf-8")
    folder = read_product(text.encode(), source="avow.toml")
    assert (folder.product.name, folder.sboms, folder.data) == (here.name, ("a.json",), "snapshots")
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line
        for line in text.splitlines()
    ]
    full = read_product("\n".join(lines).encode(), source="avow.toml")
    assert full.product.support_end == date(2032, 12, 31)
    assert all(getattr(full, name) for name in type(full).model_fields)


@pytest.mark.parametrize("name", ['Gate "way" \\ 3', "T\u00fcr\u7f51\u5173", "a\x7fb", "a\tb\nc"])
def test_the_name_can_be_given(avow: Avow, name: str) -> None:
    """Whatever it contains, it stays one value."""
    assert avow("start", "--name", name).code == 0
    assert tomllib.loads(Path("avow.toml").read_text(encoding="utf-8"))["product"] == {"name": name}


def test_another_folder(avow: Avow) -> None:
    """It is made; the paths are relative to it, and the next step says how to get there."""
    ended = avow("start", "my gateway")
    assert ended.code == 0
    assert "cd 'my gateway'" in ended.err
    assert [each.name for each in Path("my gateway").iterdir()] == ["avow.toml"]
    put("other/a.json", CYCLONEDX)
    assert avow("start", "other").code == 0
    assert entered("other/avow.toml") == ["a.json"]


def test_the_next_step(avow: Avow) -> None:
    """It names the commands that follow."""
    put("a.json", CYCLONEDX)
    assert "avow survey" in avow("start").err.partition("Next: ")[2]


def test_an_existing_file_stays(avow: Avow) -> None:
    """It is a person's work."""
    put("avow.toml", b"format = 1\n")
    ended = avow("start", "--name", "other")
    assert ended.code == 2
    assert "it is not replaced" in ended.err
    assert Path("avow.toml").read_bytes() == b"format = 1\n"


def test_print_writes_nothing(avow: Avow) -> None:
    """It shows what would be written, where a file exists, too."""
    put("a.json", CYCLONEDX)
    shown = avow("start", "--print", "--name", "x")
    assert (shown.code, [each.name for each in Path().iterdir()]) == (0, ["a.json"])
    assert avow("start", "--name", "x").code == 0
    assert Path("avow.toml").read_text(encoding="utf-8") == shown.out
    assert avow("start", "--print", "--name", "x").out == shown.out


def test_a_folder_that_can_not_be_written(avow: Avow, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the call, and nothing is left."""

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system", "avow.toml")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", fails)
    monkeypatch.setattr("tempfile.mkstemp", fails)
    assert avow("start").code == 2
    assert list(Path().iterdir()) == []


def test_an_sbom_that_a_survey_writes_is_not_entered(avow: Avow) -> None:
    """The record of an earlier survey names formats, and is not an SBOM."""
    put("a.json", CYCLONEDX)
    assert avow("survey", "a.json", "-q").code == 0
    assert json.loads(Path("survey.json").read_bytes())
    assert avow("start").code == 0
    assert entered() == ["a.json"]


def test_every_option_is_tested() -> None:
    """A new one comes with a test."""
    assert {each.name for each in start.params} == {"directory", "name", "print_only"}
