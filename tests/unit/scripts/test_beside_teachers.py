"""What students and teachers are measured by side by side: Rep Sim per level, and token norms."""

import json
from statistics import fmean

import norms as norms_script
import numpy as np
import pytest
import similarity as similarity_script
import torch
from PIL import Image
from small_models import STUDENT

from polytask.beside_teachers import held_out
from polytask.models.files import STUDENT_FORMAT, save_model
from polytask.models.multitask import build_student
from polytask.pipeline.arguments import build

RUN = {"seed": 0, "runtime": {"device": "cpu", "precision": "fp32"}}
ARGS = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
TEACHER = {"model": "vit_tiny_patch16_224", "model_args": ARGS, "weights": "random",
           "levels": [0, 1]}  # fmt: skip
IMAGES = {"image_size": [32, 32], "num_images": 12}


@pytest.fixture
def corpus(tmp_path):
    """Fifteen photos of noise to train on and fifteen that are held out."""
    for split in ("train", "val"):
        folder = tmp_path / "corpus" / split / "n01"
        folder.mkdir(parents=True)
        for number in range(15):
            pixels = np.random.default_rng(number).integers(0, 256, (40, 48, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.JPEG")
    return tmp_path / "corpus"


@pytest.fixture
def student(tmp_path):
    torch.manual_seed(1)
    described = {
        "student": {**STUDENT, "biases": "adapter_paths"}, "teacher_dims": {"near": 32, "far": 32}
    }  # fmt: skip
    network = build_student(described)
    for norm in network.out_norms.values():  # a norm's tokens are then of one length
        torch.nn.init.constant_(norm.weight, 2.0)
    file = tmp_path / "student.safetensors"
    save_model(file, network, {"format": STUDENT_FORMAT, **described})
    return file


def test_only_so_many_held_out_images_are_looked_at(corpus):
    assert [len(batch["image"]) for batch in held_out(corpus, (32, 32), 12)] == [10, 2]
    assert sum(len(batch["image"]) for batch in held_out(corpus, (32, 32), 99)) == 15


def test_similarity_has_a_number_per_level_whose_mean_it_is(tmp_path, corpus, student):
    config = build(similarity_script.SimilarityConfig, {
        **RUN, **IMAGES, "students": {"sak": ["near", "far"]},
        "teachers": {"near": TEACHER, "far": TEACHER}, "standardise": True,
    }, "params")  # fmt: skip
    file = tmp_path / "similarity.json"
    similarity_script.similarity(corpus, [student], [], [], file, config=config)
    for found in json.loads(file.read_text())["sak"].values():
        assert len(found["levels"]) == len(found["before_aligner"]["levels"]) == 2
        assert all(-1 <= cosine <= 1 for cosine in found["levels"])
        assert found["centred"] == pytest.approx(fmean(found["levels"]))


def test_norms_are_of_the_stem_paths_and_teachers_at_their_own_levels(tmp_path, corpus, student):
    config = build(norms_script.NormsConfig, {
        **RUN, **IMAGES, "teachers": {"near": TEACHER, "far": {**TEACHER, "levels": [1]}},
    }, "params")  # fmt: skip
    file = tmp_path / "norms.json"
    norms_script.norms(corpus, student, [], file, config=config)
    found = json.loads(file.read_text())
    assert {kind: list(of) for kind, of in found.items()} == {
        "stem": ["stem"], "paths": ["near", "far"], "paths_before_norm": ["near", "far"],
        "teachers": ["near", "far"],
    }  # fmt: skip
    assert list(found["teachers"]["far"]) == ["1"]
    for level in found["paths"]["near"].values():  # 32 channels of variance 4
        assert level["mean"] == pytest.approx((32 * 4) ** 0.5, rel=1e-2)
        assert level["sd"] < 0.01 * level["mean"]
    before = [level["mean"] for level in found["paths_before_norm"]["near"].values()]
    assert before[0] != pytest.approx(found["paths"]["near"]["0"]["mean"], rel=1e-3)
