"""Sets of SPDX 2 documents: Yocto's archives as one inventory, and archives that are none."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from support.sboms import cyclonedx, package, problems, read, refused, relation, spdx2

from avow.findings.statements import VexStatus
from avow.sbom import spdx2 as reader
from avow.sbom import spdx2_set
from avow.sbom.inventory import Ancestor, ExternalDocument, Reference, StatedDigest

SPACE = "https://yocto.example/"


def document(name: str, *packages: Any, uses: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    """A document that knows the others by `DocumentRef-NAME`."""
    references = [
        {"externalDocumentId": f"DocumentRef-{each}", "spdxDocument": f"{SPACE}{each}"} for each in uses
    ]
    return spdx2(*packages, documentNamespace=f"{SPACE}{name}", externalDocumentRefs=references, **members)


IMAGE = document(
    "image",
    package("SPDXRef-Image", versionInfo="1.0"),
    uses=("busybox", "runtime-busybox", "zlib"),
    relationships=[
        relation("SPDXRef-Image", "CONTAINS", "DocumentRef-busybox:SPDXRef-Package-busybox"),
        relation("SPDXRef-Image", "CONTAINS", "DocumentRef-zlib:SPDXRef-Package-zlib"),
        relation("SPDXRef-Image", "OTHER", "DocumentRef-runtime-busybox:SPDXRef-DOCUMENT"),
    ],
)
BUSYBOX = document(
    "busybox",
    package("SPDXRef-Package-busybox", versionInfo="1.36"),
    uses=("recipe-busybox",),
    files=[{"SPDXID": "SPDXRef-File-1", "fileName": "bin/busybox"}],
    relationships=[
        relation("SPDXRef-Package-busybox", "GENERATED_FROM", "DocumentRef-recipe-busybox:SPDXRef-Recipe"),
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Package-busybox"),
        relation("SPDXRef-Package-busybox", "CONTAINS", "SPDXRef-File-1"),
    ],
)
RUNTIME = document(
    "runtime-busybox",
    uses=("busybox", "zlib"),
    relationships=[
        relation("SPDXRef-DOCUMENT", "AMENDS", "DocumentRef-busybox:SPDXRef-DOCUMENT"),
        relation(
            "DocumentRef-zlib:SPDXRef-Package-zlib",
            "RUNTIME_DEPENDENCY_OF",
            "DocumentRef-busybox:SPDXRef-Package-busybox",
        ),
    ],
)
ZLIB = document("zlib", package("SPDXRef-Package-zlib"), root="SPDXRef-Package-zlib")
RECIPE = document(
    "recipe-busybox",
    package(
        "SPDXRef-Recipe",
        versionInfo="1.36",
        homepage="https://busybox.example",
        sourceInfo="CVEs fixed: CVE-2099-0001",
        externalRefs=[
            {
                "referenceType": "http://spdx.org/rdf/references/cpe23Type",
                "referenceLocator": "cpe:2.3:*:*:busybox:1.36:*:*:*:*:*:*:*",
            }
        ],
    ),
    package(
        "SPDXRef-Download",
        downloadLocation="https://busybox.example/b.tar.gz",
        checksums=[{"algorithm": "SHA256", "checksumValue": "a" * 64}],
    ),
    uses=("recipe-gcc-native",),
    relationships=[
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Recipe"),
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Download"),
        relation("SPDXRef-Download", "BUILD_DEPENDENCY_OF", "SPDXRef-Recipe"),
        relation("DocumentRef-recipe-gcc-native:SPDXRef-Recipe", "BUILD_DEPENDENCY_OF", "SPDXRef-Recipe"),
    ],
)
NATIVE = document(
    "recipe-gcc-native",
    package("SPDXRef-Recipe", sourceInfo="CVEs fixed: CVE-2099-9999"),
    root="SPDXRef-Recipe",
)
YOCTO = (IMAGE, RUNTIME, BUSYBOX, RECIPE, NATIVE, ZLIB)
INDEX = {"documents": [{"filename": "image.spdx.json"}]}


def tar(*documents: Any, names: tuple[str, ...] = ()) -> bytes:
    """A tar archive of documents, or of bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for number, each in enumerate(documents):
            content = each if isinstance(each, bytes) else json.dumps(each).encode()
            member = tarfile.TarInfo(names[number] if names else f"{number}.spdx.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def plain(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize("compress", [plain, gzip.compress, zstandard.compress])
def test_an_image_is_one_inventory(compress: Callable[[bytes], bytes]) -> None:
    """The image is the root, its packages count, recipes and downloads are inputs."""
    inventory = read(compress(tar(*YOCTO, INDEX)))

    assert inventory.format == "SPDX JSON set 2.3"
    assert [root.name for root in inventory.roots] == ["Image"]
    assert [entry.place for entry in inventory.entries] == [
        f"{SPACE}busybox#SPDXRef-Package-busybox",
        f"{SPACE}zlib#SPDXRef-Package-zlib",
    ]
    assert inventory.inputs == 3
    assert inventory.problems == ()
    assert inventory.edges == (
        (f"{SPACE}image#SPDXRef-Image", f"{SPACE}busybox#SPDXRef-Package-busybox"),
        (f"{SPACE}image#SPDXRef-Image", f"{SPACE}zlib#SPDXRef-Package-zlib"),
        (f"{SPACE}busybox#SPDXRef-Package-busybox", f"{SPACE}zlib#SPDXRef-Package-zlib"),
    )


def test_a_package_has_what_its_recipe_says() -> None:
    """CPEs, where the sources come from, and which vulnerabilities patches fix."""
    inventory = read(tar(*YOCTO))
    busybox = inventory.entries[0]

    assert busybox.cpes == ("cpe:2.3:*:*:busybox:1.36:*:*:*:*:*:*:*",)
    assert busybox.references == (
        Reference("website", "https://busybox.example"),
        Reference(
            "download", "https://busybox.example/b.tar.gz", digests=(StatedDigest("sha256", "a" * 64),)
        ),
    )
    assert busybox.ancestors == (Ancestor("generated_from", "Recipe", "1.36", url="https://busybox.example"),)
    assert [(each.ids, each.status, each.products[0].product.ref) for each in inventory.vex] == [
        (("CVE-2099-0001",), VexStatus.FIXED, busybox.place)
    ]


def test_the_order_of_documents_does_not_matter() -> None:
    """Nor that the image is not the first."""
    inventory = read(tar(*reversed(YOCTO)))

    assert [root.name for root in inventory.roots] == ["Image"]
    assert {entry.name for entry in inventory.entries} == {"Package-busybox", "Package-zlib"}


def test_a_document_that_is_not_in_the_archive_is_external() -> None:
    """Its elements are a blind spot, by name."""
    inventory = read(tar(IMAGE, BUSYBOX, RECIPE, NATIVE))

    assert inventory.external == (
        ExternalDocument(f"{SPACE}zlib", ("SPDXRef-Package-zlib",)),
        ExternalDocument(f"{SPACE}runtime-busybox", ("SPDXRef-DOCUMENT",)),
    )
    assert [entry.name for entry in inventory.entries] == ["Package-busybox"]


def test_a_set_without_an_image_counts_what_it_describes() -> None:
    """Several roots are the packages themselves."""
    inventory = read(tar(BUSYBOX, ZLIB, RECIPE, NATIVE))

    assert {entry.name for entry in inventory.entries} == {"Package-busybox", "Package-zlib"}
    assert problems(inventory) == [("every_package_is_a_root", "")]


def test_documents_that_refer_to_each_other_in_a_circle_have_no_root() -> None:
    """Every package counts."""
    one = document("one", package("SPDXRef-a"), uses=("two",))
    two = document("two", package("SPDXRef-b"), uses=("one",))
    inventory = read(tar(one, two))

    assert len(inventory.entries) == 2
    assert problems(inventory) == [("no_root", "")]


def test_one_document_twice_is_one_and_two_of_one_name_are_two() -> None:
    """Nothing is lost, nothing counts twice."""
    inventory = read(tar(ZLIB, ZLIB, document("zlib", package("SPDXRef-other")), IMAGE))

    assert sorted(entry.name for entry in inventory.entries) == ["Package-zlib", "other"]


def test_an_identifier_with_two_documents_leads_nowhere() -> None:
    """DocumentRef-a:DocumentRef-b:x names nothing."""
    one = document(
        "one",
        package("SPDXRef-a"),
        uses=("two",),
        relationships=[relation("SPDXRef-a", "CONTAINS", "DocumentRef-two:DocumentRef-one:SPDXRef-a")],
    )
    inventory = read(tar(one, document("two", package("SPDXRef-b"), root="SPDXRef-b")))

    assert inventory.edges == ()


def test_one_document_in_an_archive_is_that_document() -> None:
    """Its places are SPDXIDs."""
    inventory = read(tar(spdx2(package("SPDXRef-a"), package("SPDXRef-b"), root="SPDXRef-a")))

    assert [entry.place for entry in inventory.entries] == ["SPDXRef-b"]


def test_links_and_other_files_are_skipped() -> None:
    """Nothing is followed and nothing is written."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("../../x.spdx.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, content in (("notes.txt", b"x"), ("/a.spdx.json", json.dumps(ZLIB).encode())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    assert len(read(stream.getvalue()).roots) == 1


def test_a_broken_document_is_refused_with_its_name_and_place() -> None:
    """The others would look like all of it."""
    error = refused(tar(ZLIB, b'{"spdxVersion":\n oops}'))

    assert error.location == "bom:1.spdx.json:2:2"


@pytest.mark.parametrize("value", [{}, [], {"documents": []}])
def test_an_archive_without_spdx_documents_is_refused(value: Any) -> None:
    """It may have another SBOM inside."""
    assert "without SPDX 2 documents" in refused(tar(value)).message


def noise(number: int) -> str:
    """Text that does not compress."""
    return "".join(hashlib.sha256(f"{number} {each}".encode()).hexdigest() for each in range(200))


@pytest.mark.parametrize("compress", [plain, gzip.compress, zstandard.compress])
def test_a_truncated_archive_is_refused(compress: Callable[[bytes], bytes]) -> None:
    """What came before is not read as if it were all."""
    documents = [document(str(each), package("SPDXRef-a", comment=noise(each))) for each in range(50)]
    data = compress(tar(*documents))

    assert "damaged archive" in refused(data[: len(data) * 2 // 3]).message


def test_an_archive_that_ends_between_two_documents_is_refused() -> None:
    """Its end mark is missing."""
    data = tar(ZLIB, IMAGE)

    assert "end mark" in refused(data[: data.index(b"1.spdx.json")]).message


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08broken", b"\x28\xb5\x2f\xfdbroken", gzip.compress(b"{}", mtime=0)]
)
def test_what_is_compressed_and_no_archive_is_named(data: bytes) -> None:
    """With what to do."""
    assert "archive without SPDX documents" in refused(data).message


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what comes out, without keeping it."""
    monkeypatch.setattr(spdx2_set, "MAX_UNPACKED_BYTES", 100_000)

    assert "more than 100000 bytes" in refused(zstandard.compress(tar(b" " * 1_000_000))).message


def test_more_values_than_are_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one document with its files: each value costs more memory than it has bytes."""
    monkeypatch.setattr(spdx2_set, "MAX_VALUES", 200)
    files = [{"SPDXID": f"SPDXRef-{number}", "a": 1, "b": 2, "c": 3} for number in range(50)]

    assert "or 200 JSON values" in refused(tar(spdx2(package("SPDXRef-a"), files=files))).message


def test_the_values_of_all_documents_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what only their files say, because that is not kept."""
    monkeypatch.setattr(spdx2_set, "MAX_VALUES", 400)
    detailed = [{"SPDXID": f"SPDXRef-{number}", "a": 1, "b": 2, "c": 3} for number in range(50)]
    plain_files = [{"SPDXID": f"SPDXRef-{number}"} for number in range(150)]
    one, two = (document(each, package("SPDXRef-a"), files=detailed) for each in ("one", "two"))
    large = document("large", package("SPDXRef-a"), files=plain_files)

    assert len(read(tar(one, two)).entries) == 2
    assert "or 400 JSON values" in refused(tar(large, one)).message


@pytest.mark.parametrize("other", [cyclonedx(), {"@context": "https://spdx.org/rdf/3.0.1/", "@graph": []}])
def test_an_sbom_of_another_format_is_refused(other: Any) -> None:
    """It would be left out, and nobody would know."""
    assert "1.spdx.json is an SBOM of another format" in refused(tar(ZLIB, other)).message


def test_a_document_twice_is_one_although_it_has_files() -> None:
    """What its files say is not compared, because it is not kept."""
    inventory = read(tar(BUSYBOX, ZLIB, BUSYBOX))

    assert sorted(entry.name for entry in inventory.entries) == ["Package-busybox", "Package-zlib"]


def test_what_follows_the_end_mark_is_refused() -> None:
    """Two archives in one file: the second one would be left out."""
    assert "something follows its end mark" in refused(tar(ZLIB) + tar(BUSYBOX)).message


def test_a_checksum_that_does_not_fit_is_refused() -> None:
    """Gzip has it behind the archive, so the archive is read to its end."""
    data = bytearray(gzip.compress(tar(ZLIB)))
    data[-5] ^= 1

    assert "damaged archive" in refused(bytes(data)).message


def test_a_large_member_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is in the archive."""
    monkeypatch.setattr(spdx2_set, "MAX_BYTES", 1_000)

    assert "at most 1000 are read" in refused(tar(b" " * 2_000)).message


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any kind."""
    monkeypatch.setattr(spdx2_set, "MAX_MEMBERS", 2)

    assert "more than 2 files" in refused(tar(b"", b"", b"", names=("a", "b", "c"))).message


def test_a_document_whose_files_are_no_list_is_read() -> None:
    """The field is named."""
    inventory = read(tar(spdx2(package("SPDXRef-a"), package("SPDXRef-b"), root="SPDXRef-a", files={})))

    assert problems(inventory) == [("shape", "/files")]


def test_what_recipes_say_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many packages of one recipe could multiply it."""
    monkeypatch.setattr(reader, "MAX_COPIED", 3)
    twins = [
        document(each, *BUSYBOX["packages"], uses=("recipe-busybox",), relationships=BUSYBOX["relationships"])
        for each in ("twin", "third")
    ]
    inventory = read(tar(BUSYBOX, *twins, RECIPE, NATIVE))

    assert [len(entry.references) for entry in inventory.entries] == [2, 0, 0]
    assert [kind for kind, _ in problems(inventory)].count("beyond_limit") == 1


def test_a_source_that_is_also_in_the_product_counts() -> None:
    """What something needs at run time is not an input alone, whatever was built from it."""
    app = document(
        "app",
        package("SPDXRef-app"),
        package("SPDXRef-tool"),
        package("SPDXRef-lib"),
        root="SPDXRef-app",
        relationships=[
            relation("SPDXRef-tool", "BUILD_DEPENDENCY_OF", "SPDXRef-app"),
            relation("SPDXRef-lib", "BUILD_DEPENDENCY_OF", "SPDXRef-app"),
            relation("SPDXRef-app", "DEPENDS_ON", "SPDXRef-lib"),
        ],
    )
    inventory = read(tar(app, ZLIB))

    assert "lib" in [entry.name for entry in inventory.entries]
    assert "tool" not in [entry.name for entry in inventory.entries]
    assert inventory.inputs == 1


def test_a_document_that_refers_to_itself_is_still_what_the_set_is_about() -> None:
    """Only another one makes it a part."""
    own = document("own", package("SPDXRef-own"), root="SPDXRef-own", uses=("own", "zlib"))

    assert [root.name for root in read(tar(own, ZLIB)).roots] == ["own"]


def test_a_name_of_names_of_documents_leads_nowhere() -> None:
    """And is not followed from one to the next, however long it is."""
    name = "DocumentRef-own:" * 5_000 + "SPDXRef-own"
    own = document(
        "own",
        package("SPDXRef-own"),
        root="SPDXRef-own",
        uses=("own",),
        relationships=[relation("SPDXRef-own", "CONTAINS", name)],
    )

    assert read(tar(own, ZLIB)).edges == ()
