"""Stage 1 of students in the style of RADIO, Theia and UNIC, as params.yaml has them."""

from pathlib import Path

import pytest
import torch
import yaml
from distill import DistillConfig, distill
from miniatures.imagenet import write_imagenet
from small_stage_two import FIT, VALUES

from polytask import tracked
from polytask.models.encoder import create_encoder
from polytask.models.files import load_student
from polytask.pipeline.arguments import build
from polytask.teachers.weights import save_encoder
from polytask.training.objectives import ManyToOneObjective

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())
STUDENTS = PARAMS["distill"]["students"]
STYLES = {name: STUDENTS[f"{name}_style"] for name in ("radio", "theia", "unic")}
ENCODER = {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
STUDENT = {
    "model": "vit_tiny_patch16_224", "model_args": ENCODER, "image_size": [32, 32],
    "levels": [0, 1], "biases": "none",
}  # fmt: skip


@pytest.fixture
def committee(tmp_path):
    teachers = {}
    for number, name in enumerate(("first", "second")):
        torch.manual_seed(number)
        args = {**ENCODER, "img_size": 32}
        file = tmp_path / f"{name}.safetensors"
        save_encoder(create_encoder("vit_tiny_patch16_224", args), file)
        teachers[name] = {
            "model": "vit_tiny_patch16_224", "model_args": args, "weights": str(file),
            "levels": [0, 1],
        }  # fmt: skip
    return {"teachers": teachers, "targets": "online", "standardise": True}


@pytest.fixture
def distilled(tmp_path, committee):
    corpus = write_imagenet(tmp_path / "photos")

    def run(style: dict, name: str, steps: int, student: dict = STUDENT) -> Path:
        own = {key: style[key] for key in style if key in ("matching", "standardise")}
        form = {key: style[key] for key in style if key == "aligner_form"}
        values = {
            "name": name, "seed": 0, "runtime": VALUES["runtime"], "student": student | form,
            "initial_weights": "random", "committee": committee, "alpha": 0.9, "beta": 0.1,
            "image_size": [32, 32], "num_views": 0,
            "view": {"scale": [0.5, 1.0], "ratio": [0.75, 1.33]}, "fit": {**FIT, "steps": steps},
        }  # fmt: skip
        out = tmp_path / f"{name}.safetensors"
        files = out.with_suffix(".json"), tmp_path / f"{name}.csv"
        distill(corpus, [], [], out, *files, config=build(DistillConfig, values | own, "params"))
        return out

    return run


@pytest.mark.parametrize("name", STYLES)
def test_each_style_trains_the_aligners_of_the_levels_that_count(distilled, name):
    style = STYLES[name]
    student = load_student(distilled(style, name, steps=2))[0]
    assert student.config.aligner_form == style.get("aligner_form", "linear")
    start = load_student(distilled(style, "start", steps=0))[0].state_dict()
    moved = {key for key, v in student.state_dict().items() if not torch.equal(v, start[key])}
    last_alone = style["matching"]["levels"] == "last"
    assert any(key.startswith("vit.") for key in moved)
    levels = {key.removeprefix("ts_aligners.")[0] for key in moved if key.startswith("ts_aligners")}
    assert levels == ({"1"} if last_alone else {"0", "1"})


def test_dropped_teachers_are_the_same_in_every_run(distilled):
    first, second = (distilled(STYLES["unic"], name, steps=3) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_a_student_of_turned_features_says_what_the_others_say(distilled, tmp_path):
    """After PHI-S its maps are near the standardised ones, though it never saw these."""
    plain = {key: STYLES["radio"][key] for key in ("biases", "aligner_form", "matching")}
    maps = {}
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for name, style in {"turned": STYLES["radio"], "plain": plain}.items():
        student = load_student(distilled(style, name, steps=60))[0].eval()
        with torch.no_grad():
            maps[name] = student(images).aligned["first"][-1].flatten()
    assert torch.corrcoef(torch.stack(list(maps.values())))[0, 1] > 0.8


def test_phi_s_without_an_aligner_to_fold_it_into_is_refused_before_the_first_step(
    distilled, tmp_path
):
    with pytest.raises(ValueError, match="no aligner for first at level 0; take biases: none"):
        distilled({"standardise": "phi_s"}, "paths", 2, STUDENT | {"biases": "adapter_paths"})
    assert not (tmp_path / "paths.csv").exists()


@pytest.mark.parametrize("name", ["radio", "unic"])
def test_interrupted_it_ends_with_the_same_weights(distilled, tmp_path, monkeypatch, name):
    whole = distilled(STYLES[name], name, steps=4).read_bytes()
    monkeypatch.setattr(tracked, "saved_work", lambda: (tmp_path / "checkpoints", "identity"))
    loss, calls = ManyToOneObjective.loss, []

    def killed_in_the_last_step(*args):
        calls.append(1)
        if len(calls) == 4:
            raise InterruptedError
        return loss(*args)

    monkeypatch.setattr(ManyToOneObjective, "loss", killed_in_the_last_step)
    with pytest.raises(InterruptedError):
        distilled(STYLES[name], name, steps=4)
    assert distilled(STYLES[name], name, steps=4).read_bytes() == whole
    assert len(calls) == 4 + 2  # of which the last checkpoint had the first two
