"""Stage 2 trains MLoRE's decoder, on a plain ViT and on a distilled student, and predicts by it."""

import json
from itertools import product

import pytest
import torch
from downstream import DownstreamConfig, downstream
from miniatures.nyud import write_nyud
from PIL import Image
from small_stage_two import PLAIN, VALUES

from polytask.errors import UserError
from polytask.models.files import STUDENT_FORMAT, load_model, save_model
from polytask.models.multitask import build_student
from polytask.pipeline.arguments import build
from polytask.predict import Predictor
from polytask.price.costs import Costs
from polytask.price.trained import everything, heads_alone
from polytask.reporting.rows import read_rows
from polytask.united import United

SIZES = {
    "width": 8, "ranks": [2, 3, 4], "task_rank": 2, "top_k": 2, "renormalise": False,
    "num_modules": 1, "positions": [2, 2],
}  # fmt: skip
STUDENT = PLAIN | {"biases": "adapter_paths"}
METHOD = VALUES | {"name": "mlore", "head": "mlore", "mlore": SIZES}


@pytest.fixture
def student(tmp_path):
    """A distilled student of one teacher, as stage 1 writes it."""
    torch.manual_seed(1)
    described = {"student": STUDENT, "teacher_dims": {"a": 32}}
    file = tmp_path / "student.safetensors"
    save_model(file, build_student(described), {"format": STUDENT_FORMAT, **described})
    return file


def trained(folder, labelled, distilled=(), **changes):
    config = build(DownstreamConfig, METHOD | changes, "params")
    out = folder / "model.safetensors"
    names = ("curves.csv", "gates.csv", "effort.json")
    files = [out.with_suffix(".json"), *(folder / name for name in names)]
    folder.mkdir()
    downstream(labelled, list(distilled), [], [], out, *files, config=config)
    return out


@pytest.mark.parametrize("fusion", ["stem", "mixture"])
def test_it_trains_the_decoder_and_predicts_images_of_other_sizes(tmp_path, student, fusion):
    labelled, own = write_nyud(tmp_path / "NYUDv2"), [student] if fusion == "mixture" else []
    name = {"student": "sak"} if own else {}
    out = trained(tmp_path / "run", labelled, own, fusion=fusion, **name)
    network, described = load_model(out)
    assert described["mlore"]["ranks"] == [2, 3, 4]
    count = sum(p.numel() for p in network.parameters())
    assert json.loads((tmp_path / "run/effort.json").read_text())["trained_parameters"] == count
    assert Costs().training(described, everything).trained == count
    gates = read_rows(tmp_path / "run/gates.csv", text=("task", "expert"))
    logged = {(row["step"], row["task"], row["level"], row["expert"]) for row in gates}
    experts = ("stem", "a") if own else ()
    assert logged == set(product((1, 2), ("semseg", "depth"), (0, 1), experts))
    assert "gate" not in (tmp_path / "run/curves.csv").read_text()
    predictor = Predictor.load(out, "cpu", None)
    predictions = predictor(Image.new("RGB", (30, 50)))
    assert set(predictions) == {"semseg", "depth"}


def test_with_a_frozen_encoder_decoder_and_heads_are_trained(tmp_path):
    labelled = write_nyud(tmp_path / "NYUDv2")
    network, described = load_model(trained(tmp_path / "run", labelled, frozen=True))
    count = sum(p.numel() for part in (network.decoder, network.heads) for p in part.parameters())
    assert Costs().training(described, heads_alone).trained == count


def test_models_of_one_task_each_do_not_merge(tmp_path):
    labelled = write_nyud(tmp_path / "NYUDv2")
    files = [trained(tmp_path / task, labelled, tasks=[task]) for task in ("semseg", "depth")]
    with pytest.raises(UserError, match=r"mlore; merge others"):
        United(files, files[0])
