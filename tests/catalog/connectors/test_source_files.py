"""Archives that try to fill the memory, and those that are merely broken."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalog.connectors.source_files import source_files
from catalog.registries.connectors import ReadContext, ReadLimits, SourceUnreadable

MB = 1024 * 1024


def zipped(folder: Path, **members: bytes) -> ReadContext:
    with zipfile.ZipFile(folder / "given.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"target/{name}.json", content)
    return ReadContext(files={"given.zip": folder / "given.zip"})


def contents(context: ReadContext, path: str = "") -> dict[str, bytes]:
    found = source_files(context, path, lambda name: name.endswith(".json"))
    return {file.name: file.read() for file in found}


def test_members_of_an_archive_are_found_by_base_name(tmp_path: Path) -> None:
    context = zipped(tmp_path, manifest=b"{}", catalog=b"[]")
    assert contents(context) == {
        "given.zip/target/manifest.json": b"{}",
        "given.zip/target/catalog.json": b"[]",
    }


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    context = zipped(tmp_path, manifest=b"0" * (64 * MB))
    with pytest.raises(SourceUnreadable, match="as only a zip bomb"):
        contents(context)


def test_a_gz_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "manifest.json.gz"
    bomb.write_bytes(gzip.compress(b"0" * (64 * MB)))
    with pytest.raises(SourceUnreadable, match="as only a zip bomb"):
        contents(ReadContext(files={"manifest.json.gz": bomb}))


def test_a_lying_size_in_the_archive_does_not_help(tmp_path: Path) -> None:
    context = zipped(tmp_path, manifest=b"0" * (64 * MB))
    packed = bytearray((tmp_path / "given.zip").read_bytes())
    size = (64 * MB).to_bytes(4, "little")
    lie = packed.replace(size, (10).to_bytes(4, "little"))
    (tmp_path / "given.zip").write_bytes(lie)
    with pytest.raises(SourceUnreadable):
        contents(context)


def test_all_members_together_stay_below_the_limit(tmp_path: Path) -> None:
    members = {f"part{number}": bytes([48 + number]) * MB for number in range(5)}
    context = zipped(tmp_path, **members)
    bounded = ReadContext(files=context.files, limits=ReadLimits(max_unpacked_bytes=3 * MB))
    with pytest.raises(SourceUnreadable, match="unpacks to more than"):
        contents(bounded)


def test_too_many_members(tmp_path: Path) -> None:
    context = zipped(tmp_path, **{f"m{number}": b"{}" for number in range(5)})
    bounded = ReadContext(files=context.files, limits=ReadLimits(max_files=4))
    with pytest.raises(SourceUnreadable, match="holds 5 files; the limit is 4"):
        contents(bounded)


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"0" * 2000)
    bounded = ReadContext(limits=ReadLimits(max_file_bytes=1000))
    with pytest.raises(SourceUnreadable, match="the limit is"):
        contents(bounded, str(tmp_path))


def test_half_an_archive(tmp_path: Path) -> None:
    context = zipped(tmp_path, manifest=b"{}" * 1000)
    whole = (tmp_path / "given.zip").read_bytes()
    (tmp_path / "given.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceUnreadable, match="not a zip archive, or only a part"):
        contents(context)


def test_an_encrypted_archive_is_one_sentence(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("manifest.json", b"{}")
    content = bytearray(plain.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1  # the flag that says "encrypted"
    (tmp_path / "given.zip").write_bytes(content)
    with pytest.raises(SourceUnreadable, match="cannot be read to its end"):
        contents(ReadContext(files={"given.zip": tmp_path / "given.zip"}))


def test_the_list_of_an_archive_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an archive of many files
    context = zipped(tmp_path, **{f"m{number}": b"{}" for number in range(50)})
    opened: list[zipfile.ZipFile] = []

    class Counting(zipfile.ZipFile):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            opened.append(self)

    monkeypatch.setattr(zipfile, "ZipFile", Counting)

    # When they are read, one by one or once all are known
    assert len(contents(context)) == 50
    known = list(source_files(context, "", lambda name: True))
    assert {file.read() for file in known} == {b"{}"}

    # Then the archive was opened once each time
    assert len(opened) == 2


@pytest.mark.parametrize("place", [b"PK\x01\x02", b"PK\x03\x04"])
def test_an_archive_of_a_newer_kind_is_one_sentence(tmp_path: Path, place: bytes) -> None:
    context = zipped(tmp_path, manifest=b"{}")
    content = bytearray((tmp_path / "given.zip").read_bytes())
    if place == b"PK\x01\x02":
        content[content.index(place) + 6] = 99  # the version that is needed to unpack it
    else:
        for signature, offset in ((place, 8), (b"PK\x01\x02", 10)):
            content[content.index(signature) + offset] = 97  # a way of packing that is not known
    (tmp_path / "given.zip").write_bytes(content)
    with pytest.raises(SourceUnreadable, match="packed in a way that is not supported"):
        contents(context)


def test_a_damaged_lzma_member_is_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "given.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", b"{}" * 1000)
    content = bytearray((tmp_path / "given.zip").read_bytes())
    start = content.index(b"manifest.json") + len(b"manifest.json")
    content[start + 4 : start + 9] = b"\xff" * 5  # how it was packed
    (tmp_path / "given.zip").write_bytes(content)
    with pytest.raises(SourceUnreadable, match="cannot be read to its end"):
        contents(ReadContext(files={"given.zip": tmp_path / "given.zip"}))


@pytest.mark.parametrize("path", ["", "no-such-folder", "nul\0inside"])
def test_nothing_to_look_in(path: str) -> None:
    with pytest.raises(SourceUnreadable):
        contents(ReadContext(), path)
