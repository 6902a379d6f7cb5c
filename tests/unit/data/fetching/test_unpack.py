"""What strangers pack cannot leave the folder, and what is damaged is said to be."""

import io
import random
import stat
import tarfile
import zipfile

import pytest

from polytask.data.fetching.unpack import check_is_archive, unpack, unpacked_bytes
from polytask.errors import UserError

FILES = {"set/train.txt": b"0001\n", "set/images/0001.png": b"\x89PNG" * 9, "empty.txt": b""}
NOISE = random.Random(0).randbytes(300_000)


def tar(path, files, mode="w:gz", **about):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in about.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return path


def zipped(path, files, kind=stat.S_IFREG):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def packed(folder, kind, files):
    return zipped(folder / "a.zip", files) if kind == "zip" else tar(folder / "a", files, kind)


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


KINDS = pytest.mark.parametrize("kind", ["zip", "w:", "w:gz", "w:xz", "w:bz2"])


@KINDS
def test_every_kind_of_archive_comes_out_as_it_went_in(tmp_path, kind):
    unpack(packed(tmp_path, kind, FILES), tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


def test_a_folder_that_dropbox_zips_names_itself(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"/": b"", "train/image/0.npy": b"0"})
    unpack(archive, tmp_path / "out")
    assert contents(tmp_path / "out") == {"train/image/0.npy": b"0"}


def test_zips_in_a_zip_that_name_their_folder_become_it(tmp_path):
    inner = {"panoptic_val2017/1.png": b"1", "__MACOSX/._1.png": b""}
    inner = zipped(tmp_path / "i.zip", inner).read_bytes()
    files = {"annotations/panoptic_val2017.zip": inner, "annotations/panoptic_val2017.json": b"{}"}
    unpack(zipped(tmp_path / "a.zip", files), tmp_path / "out", nested=True)
    assert sorted(contents(tmp_path / "out")) == [
        "annotations/panoptic_val2017.json",
        "annotations/panoptic_val2017/1.png",
    ]


def test_tars_in_a_tar_become_folders_where_asked(tmp_path):
    inner = tar(tmp_path / "n01440764.tar", {"n01440764_1.JPEG": b"fish"}, "w:").read_bytes()
    archive = tar(tmp_path / "a.tar", {"n01440764.tar": inner, "n2.tar": inner}, "w:")
    unpack(archive, tmp_path / "out", nested=True)
    assert sorted(contents(tmp_path / "out")) == [
        "n01440764/n01440764_1.JPEG",
        "n2/n01440764_1.JPEG",
    ]
    unpack(archive, tmp_path / "flat")
    assert sorted(contents(tmp_path / "flat")) == ["n01440764.tar", "n2.tar"]


@pytest.mark.parametrize("kind", ["zip", "w:gz"])
@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/etc/out.txt", "//out.txt"])
def test_no_file_leaves_the_folder(tmp_path, kind, name):
    archive = packed(tmp_path, kind, {"good.txt": b"1", name: b"2"})
    with pytest.raises(UserError, match="unsafe file name"):
        unpack(archive, tmp_path / "inside" / "out")
    assert not (tmp_path / "inside" / "out.txt").exists()
    assert set(contents(tmp_path / "inside")) == {"out/good.txt"}


def test_no_file_of_a_tar_in_a_tar_leaves_the_folder(tmp_path):
    inner = tar(tmp_path / "i.tar", {"../../out.txt": b""}, "w:").read_bytes()
    with pytest.raises(UserError, match="unsafe file name"):
        unpack(tar(tmp_path / "a", {"i.tar": inner}), tmp_path / "x" / "out", nested=True)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_refused(tmp_path, kind):
    archive = tar(tmp_path / "a", {"link": b""}, type=kind, linkname="/etc/passwd")
    with pytest.raises(UserError, match="link is a link or a device"):
        unpack(archive, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_links_of_a_zip_are_refused(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"link": b"/etc/passwd"}, stat.S_IFLNK)
    with pytest.raises(UserError, match="link is a link or a device"):
        unpack(archive, tmp_path / "out")


@KINDS
@pytest.mark.parametrize("share", [0.3, 0.95])
def test_what_is_cut_off_is_said_to_be(tmp_path, kind, share):
    archive = packed(tmp_path, kind, {"a": NOISE, "b": NOISE[::-1]})
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match="cut off"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", ["zip", "w:gz"])
def test_a_changed_byte_is_noticed(tmp_path, kind):
    archive = packed(tmp_path, kind, {"a": NOISE})
    content = bytearray(archive.read_bytes())
    content[-10_000] ^= 255
    archive.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        unpack(archive, tmp_path / "out")


def test_a_damaged_header_in_a_tar_is_not_taken_for_its_end(tmp_path):
    archive = tar(tmp_path / "a.tar", {"a": b"1" * 512, "b": b"2" * 512}, "w:")
    content = bytearray(archive.read_bytes())
    content[1024 + 150] ^= 255
    archive.write_bytes(content)
    with pytest.raises(UserError, match="damaged after 1 files"):
        unpack(archive, tmp_path / "out")


def test_a_file_that_is_a_folder_too_is_damage(tmp_path):
    with pytest.raises(UserError, match="damaged: a/b is a file and a folder"):
        unpack(tar(tmp_path / "x", {"a": b"", "a/b": b""}), tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n <!DOCTYPE html><title>Sign in</title>", "a.zip: a web page, not an archive"),
        (b"", "not a zip or a tar, or cut off"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(99), "not a zip or a tar, or cut off"),
    ],
)
def test_what_is_no_archive_is_named(tmp_path, content, message):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=message):
        check_is_archive(tmp_path / "a.zip")


def test_how_large_it_gets(tmp_path):
    assert unpacked_bytes(zipped(tmp_path / "a.zip", {"a": bytes(9999), "b": bytes(1)})) == 10_000
    plain = tar(tmp_path / "a.tar", {"a": bytes(9999)}, "w:")
    assert unpacked_bytes(plain) == plain.stat().st_size
