"""Archives that try to fill the memory, and those that are merely broken."""

import gzip
import io
import zipfile
from pathlib import Path

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


@pytest.mark.parametrize("path", ["", "no-such-folder", "nul\0inside"])
def test_nothing_to_look_in(path: str) -> None:
    with pytest.raises(SourceUnreadable):
        contents(ReadContext(), path)
