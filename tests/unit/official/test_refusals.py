"""What is no checkpoint of SAK is refused in one line that names the file and the first key."""

import os
from pathlib import Path

import pytest
import torch

from polytask.cli import main
from polytask.official import layout
from polytask.official.checkpoint import Checkpoint
from polytask.official.layout import image_size_of

NYUD = {"semseg": 40, "normals": 3, "edge": 1, "depth": 1}
ROUTER = "backbone.mor.1_edge.router.module.3.weight"


def drop(key):
    return lambda state: state.pop(key)


def put(key, *shape):
    return lambda state: state.update({key: torch.zeros(shape)})


def only(prefix):
    """A state dict of another network: what begins with `prefix`, without it."""

    def edit(state):
        kept = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        state.clear()
        state.update(kept)

    return edit


def refused(capsys, file, tmp_path, *words):
    """The one line that the command says; nothing is written."""
    assert main(["import-sak", str(file), "--out", str(tmp_path / "out"), *words]) == 2
    assert not (tmp_path / "out").exists()
    said = capsys.readouterr().err
    assert said.startswith("polytask: ") and said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (drop("backbone.out_norms.2_clip.bias"), "backbone.out_norms.2_clip.bias is missing"),
        (drop("backbone.vit.blocks.3.norm2.weight"), "vit.blocks.3.norm2.weight is missing"),
        (drop("backbone.tsap.sam.4.scale"), "backbone.tsap.sam.4.scale is missing"),
        (drop(ROUTER), f"{ROUTER} is missing"),
        (drop("heads.edge.last_conv.weight"), "heads.edge.last_conv.weight is missing"),
        (drop("heads.depth.linear_fuse.1.running_var"), "depth.linear_fuse.1.running_var is miss"),
        (put("backbone.vit.norm.weight", 32), "backbone.vit.norm.weight has no place"),
        (put("backbone.vit.blocks.4.norm1.weight", 32), "vit.blocks.4.norm1.weight has no place"),
        (put("backbone.out_norms.9_clip.bias", 32), "out_norms.9_clip.bias has no place"),
        (put("teachers.sam.neck.weight", 4), "teachers.sam.neck.weight has no place"),
        (put(ROUTER, 4, 16), rf"{ROUTER} is (4, 16), not (8, 16)"),
        (put("backbone.tsap.clip.2.down.weight", 4, 32), "(4, 32), not (8, 32)"),
        (put("backbone.vit.patch_embed.proj.weight", 32, 3, 14, 14), "(32, 3, 14, 14), not"),
        (put("backbone.vit.patch_embed.proj.weight", 40, 3, 16, 16), "is 40 wide, not 32 (small)"),
        (put("backbone.vit.patch_embed.proj.weight"), "patch_embed.proj.weight is ()"),
        (put("heads.edge.last_conv.weight", 2, 32, 1, 1), "has 2 outputs; edge has 1"),
        (put("heads.flow.last_conv.weight", 2, 32, 1, 1), "heads.flow.last_conv.weight is of no"),
        (put("backbone.vit.pos_embed", 1, 1, 32), "pos_embed has 0 patches"),
        (put("backbone.ts_aligners.0_sam.bias", 32), "ts_aligners.0_dinov2.weight is missing"),
        (only("backbone.vit."), "vit.patch_embed.proj.weight is missing; its first tensor is cls"),
        (only("heads."), "its first tensor is semseg.linears.0.weight"),
        (only("nothing"), "holds no state dict"),
    ],
)
def test_tensors_that_do_not_fit(capsys, tmp_path, official, saved, edit, message):
    file, state = saved(official(tasks=NYUD))
    edit(state)
    torch.save({"model": state}, file)
    said = refused(capsys, file, tmp_path)
    assert str(file) in said and message in said


def test_a_stem_without_adapter_paths_is_no_student(capsys, tmp_path, official, saved):
    file, state = saved(official())
    torch.save({name: value for name, value in state.items() if name.startswith("vit.")}, file)
    assert "tsap.* is missing" in refused(capsys, file, tmp_path)


@pytest.mark.parametrize(
    "words", [("96", "64"), ("64", "72"), ("-64", "-64"), ("0", "0")], ids=" x ".join
)
def test_an_image_size_that_the_file_denies(capsys, tmp_path, official, saved, words):
    file, _ = saved(official())
    said = refused(capsys, file, tmp_path, "--image-size", *words)
    assert f"--image-size {' '.join(words)}: vit.pos_embed has 16 patches of 16 x 16" in said


class Opens:
    """A pickle that writes a file when it is loaded the careless way."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_holds_code_is_refused_and_not_run(capsys, tmp_path, zipped):
    file, marker = tmp_path / "trap.pth", tmp_path / "marker"
    content = {"model": {"vit.cls_token": torch.zeros(1, 1, 32)}, "args": Opens(marker)}
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
    said = refused(capsys, file, tmp_path)
    assert "mkdir, not only tensors, and is not unpickled" in said and "safetensors" in said
    assert not marker.exists()


@pytest.mark.filterwarnings("ignore:.*is deprecated:FutureWarning")
def test_a_torchscript_archive_is_refused(capsys, tmp_path):
    torch.jit.trace(torch.nn.Identity(), torch.zeros(1)).save(tmp_path / "script.pt")
    assert "not a readable PyTorch checkpoint" in refused(capsys, tmp_path / "script.pt", tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([torch.zeros(1)], "holds no state dict, alone or under 'model'"),
        ({"model": torch.zeros(1)}, "holds no state dict"),
        ({"state_dict": {"a": torch.zeros(1)}}, "'state_dict' is no named tensor (dict)"),
        ({"model": {3: torch.zeros(1)}}, "3 is no named tensor (Tensor)"),
    ],
)
def test_what_is_no_state_dict(capsys, tmp_path, content, message):
    torch.save(content, tmp_path / "other.pth")
    assert message in refused(capsys, tmp_path / "other.pth", tmp_path)


@pytest.mark.parametrize("kept", [0.5, 0.0])
@pytest.mark.parametrize("name", ["checkpoint.pth", "checkpoint.safetensors"])
def test_a_file_that_was_cut_short(capsys, tmp_path, official, saved, name, kept):
    file, _ = saved(official())
    data = file.read_bytes()
    file = file.with_name(name)
    file.write_bytes(data[: int(kept * len(data))])
    assert f"{file}: not a readable" in refused(capsys, file, tmp_path)


def test_a_file_that_is_not_there(capsys, tmp_path):
    assert "absent.pth: no such checkpoint" in refused(capsys, tmp_path / "absent.pth", tmp_path)


@pytest.mark.parametrize(
    ("patches", "size"), [(576, (384, 384)), (1024, (512, 512)), (28 * 36, (448, 576))]
)
def test_the_sizes_of_the_release_are_known_by_their_patches(patches, size):
    positions = {"vit.pos_embed": torch.zeros(1, 1 + patches, 2)}
    checkpoint = Checkpoint(
        path=Path("x.pth"), tensors=positions, ordered=True, progress={}, left_out=()
    )
    assert image_size_of(checkpoint, "", None) == size


def test_the_table_of_sizes_is_that_of_the_release(monkeypatch):
    monkeypatch.undo()
    widths = {name: (size.dim, size.depth, size.num_heads) for name, size in layout.SIZES.items()}
    expected = {"ViT-S": (384, 12, 6), "ViT-B": (768, 12, 12), "ViT-L": (1024, 24, 16)}
    assert widths == expected
    assert [size.levels for size in layout.SIZES.values()] == [
        (2, 5, 8, 11), (2, 5, 8, 11), (5, 11, 17, 23),
    ]  # fmt: skip
