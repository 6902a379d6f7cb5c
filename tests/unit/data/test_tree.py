import gzip
import io
import pickle
import tarfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from polytask.data.tree import FileTree, open_tree
from polytask.errors import UserError

FILES = {"a.txt": b"one", "b/c.txt": b"two" * 400, "b/d/e.txt": b"", "z.txt": bytes(2000)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {**FILES, ".hidden": b"x", "b/.cache/y": b"x"}.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tree"


@pytest.fixture
def archive(folder: Path) -> Path:
    path = folder.parent / "tree.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(folder, arcname=".")
    return path


def write_member(path: Path, name: str) -> Path:
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    return path


def read_all(tree: FileTree) -> dict[str, bytes]:
    return {name: tree.read(name) for name in tree.names()}


def test_folder_and_tar_hold_the_same_files(folder: Path, archive: Path) -> None:
    for root in (folder, archive):
        tree = open_tree(root)
        assert tree.names() == sorted(FILES)
        assert read_all(tree) == FILES
        assert "b/c.txt" in tree and "b/x.txt" not in tree and "b" not in tree


def test_processes_share_a_tar(archive: Path) -> None:
    tree = open_tree(archive)
    assert read_all(pickle.loads(pickle.dumps(tree))) == FILES
    with ProcessPoolExecutor(2) as pool:
        assert all(read == FILES for read in pool.map(read_all, [tree] * 4))


def test_long_names_are_kept(tmp_path: Path) -> None:
    name = "/".join(["folder" * 10] * 4) + "/x.jpg"
    assert open_tree(write_member(tmp_path / "long.tar", name)).read(name) == b"x"


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.txt", "a/../../up.txt"])
def test_names_cannot_leave_the_tree(tmp_path: Path, folder: Path, name: str) -> None:
    archive = tmp_path / "unsafe.tar"
    with pytest.raises(UserError, match=r"unsafe\.tar: unsafe file name"):
        open_tree(write_member(archive, name))
    with pytest.raises(UserError, match="unsafe file name"):
        open_tree(folder).read(name)


def test_links_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("link.txt")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    assert open_tree(path).names() == []


def test_linked_folders_are_followed_once(folder: Path) -> None:
    (folder / "b" / "loop").symlink_to(folder, target_is_directory=True)
    assert open_tree(folder).names() == sorted(FILES)


def test_a_compressed_tar_is_refused(archive: Path) -> None:
    packed = archive.with_suffix(".tgz")
    packed.write_bytes(gzip.compress(archive.read_bytes()))
    with pytest.raises(UserError, match=r"tree\.tgz: is compressed \(gzip\); decompress"):
        open_tree(packed)


@pytest.mark.parametrize("keep", [700, 2500, 4000])
def test_a_cut_off_tar_is_refused(archive: Path, keep: int) -> None:
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"tree\.tar: "):
        read_all(open_tree(archive))


def test_a_damaged_tar_is_refused(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        offset = tar.getmember("./z.txt").offset
    data[offset : offset + 100] = b"\xff" * 100
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r"tree\.tar: damaged after \d files"):
        open_tree(archive)


def test_what_is_missing_is_named(folder: Path, archive: Path) -> None:
    for root in (folder, archive):
        with pytest.raises(UserError, match=r"nothing\.txt"):
            open_tree(root).read("nothing.txt")
    with pytest.raises(UserError, match="nowhere: no such folder"):
        open_tree(folder / "nowhere")
    with pytest.raises(UserError, match=r"a\.txt: not a readable tar"):
        open_tree(folder / "a.txt")
