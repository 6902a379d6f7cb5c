"""How layouts are found, and what is said where nothing of them is there."""

from pathlib import Path

import pytest

from polytask.data.layout import first_file, read_list, split_lists
from polytask.data.layouts import LAYOUTS, open_layout
from polytask.data.tree import FileTree, open_tree
from polytask.errors import UserError


def tree(root: Path, *files: str) -> FileTree:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("1\n")
    return open_tree(root)


def test_lists_are_found_at_the_root_or_in_the_one_folder(tmp_path: Path) -> None:
    inner = tree(tmp_path, "set/a/b/train.txt", "set/a/b/val.txt", "set/a/b/notes.md")
    assert split_lists(inner, "a/b") == ("set/", ["train", "val"])
    assert split_lists(open_tree(tmp_path / "set"), "a/b") == ("", ["train", "val"])


@pytest.mark.parametrize(
    "file", ["a/bb/train.txt", "xa/b/train.txt", "x/y/a/b/train.txt", "b/t.txt"]
)
def test_lists_elsewhere_are_others(tmp_path: Path, file: str) -> None:
    assert split_lists(tree(tmp_path, file), "a/b") is None


def test_the_root_goes_before_a_folder(tmp_path: Path) -> None:
    assert split_lists(tree(tmp_path, "old/a/x.txt", "a/y.txt"), "a") == ("", ["y"])


def test_lists_may_have_been_written_on_windows(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/train.txt").write_bytes(b"0001\r\n 0002 \r\n\r\n")
    assert read_list(open_tree(tmp_path), "a", "train", ["train"]) == ["0001", "0002"]


def test_the_first_folder_and_ending_that_is_there_counts(tmp_path: Path) -> None:
    files = tree(tmp_path, "b/1.png", "b/1.npy", "c/1.npy")
    assert first_file(files, ["a/1", "b/1", "c/1"], [".npy", ".png"]) == "b/1.npy"


def test_what_lies_there_instead_is_told(tmp_path: Path) -> None:
    files = tree(tmp_path, "b/1.mat")
    with pytest.raises(UserError) as error:
        first_file(files, ["a/1", "b/1"], [".npy", ".png"])
    assert str(error.value) == (
        f"{tmp_path}: has no a/1.npy or .png or b/1.npy or .png; b/1.mat is there, of another "
        "archive or version"
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_another_layout_is_refused_with_what_it_lacks(tmp_path: Path, name: str) -> None:
    tree(tmp_path, "readme.txt")
    with pytest.raises(UserError, match=r"not in the .+ layout \(no .+\..+\)"):
        open_layout(name, tmp_path)


def test_an_unknown_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unknown layout 'nyu'; did you mean `nyud`"):
        open_layout("nyu", tmp_path)
