"""The papers' experiments: planned in their real sizes, and one of them run in miniature."""

import json
import re
import resource
import shutil
from collections import Counter

import pytest
import yaml
from miniatures.pascal_context import write_pascal_context
from PIL import Image
from working_copy import MINIATURE, ROOT, Project

from polytask.papers.studies import merged

DATA = (
    "PASCALContext", "NYUDv2", "nyuv2", "imagenet", "coco", "ADEChallengeData2016",
    "mvtec_anomaly_detection", "taskonomy",
)  # fmt: skip
SMALL = {"patch_size": 8, "embed_dim": 32, "depth": 4, "num_heads": 2}


@pytest.fixture(scope="module")
def full_size(project, tmp_path_factory) -> Project:
    """A clone with the real params.yaml, and folders where the data are to be."""
    copy = Project(tmp_path_factory.mktemp("papers") / "copy")
    project.run("git", "clone", "--quiet", project.folder, copy.folder)
    shutil.copy(ROOT / "params.yaml", copy.folder)
    for name in DATA:
        (copy.folder / "data" / name).mkdir()
    return copy


def counts(plan: str) -> dict[str, int]:
    """The jobs of each rule, as Snakemake's table has them."""
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", plan, re.M)}


def processor_seconds(project: Project, *words: str) -> tuple[float, str]:
    """What `snakemake` takes with these words, with its own commands, and what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = project.snakemake(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said


def test_everything_is_planned_in_seconds(full_size):
    """15 s; on a machine that is slow or busy, what that is in starts of Snakemake (2 s each)."""
    start, _ = processor_seconds(full_size, "--version")
    seconds, said = processor_seconds(full_size, "papers", "-n", "--quiet", "rules")
    assert seconds < max(15, 7 * start)
    planned = counts(said)
    assert planned["sak_pascal__distill"] == 10, "stage 1 is one for both data sets"
    assert "sak_nyud__distill" not in planned
    assert planned["experiment"] == 23
    assert planned["vta__vta_train"] == 4, "a model per setting, and the backbone trained whole"
    assert planned["argus__argus_pretrain"] == 14, "stage 1 is one for all tables"
    assert planned["simo_nyuv2__report_simo"] == 1


def test_a_table_is_planned_by_its_name_with_its_own_models(full_size):
    said = full_size.run("python", "workflow/bookkeeping/jobs.py", "sak_table5")
    jobs = json.loads(said.splitlines()[-1])
    assert Counter(job["rule"] for job in jobs) == {
        "distill": 1, "downstream": 8, "evaluate": 4, "table": 1, "experiment": 1,
    }  # fmt: skip
    (distilled,) = [job["config"] for job in jobs if job["rule"] == "distill"]
    assert distilled["student"]["model"].startswith("vit_large")
    assert list(distilled["committee"]["teachers"]) == [
        "dinov2_large", "clip_laion_large", "sam_large",
    ]  # fmt: skip
    for job in jobs:
        if job["rule"] != "downstream":
            continue
        if (method := job["wildcards"]["method"]) == "radio":
            assert "large" in job["config"]["encoder"]["model"]
        elif method != "sak_large":
            assert job["config"]["plain_student"]["model"].startswith("vit_large"), job["wildcards"]


def small_study(project: Project) -> None:
    """Figure 4 in miniature: its presets with the miniature's sizes over them."""
    small = yaml.safe_load(MINIATURE.read_text())
    tiny = {
        "runtime": small["runtime"],
        "datasets": {"pascal_context": {"image_size": [32, 32]}},
        "teachers": {
            name: {"model": "vit_tiny_patch16_224", "model_args": {**SMALL, "img_size": 32},
                   "weights": "random", "resolution": None, "resize": "exact", "levels": [1, 3]}
            for name in ("dinov2_base", "clip_laion_base", "sam_base")
        },
        "student": {"model": "vit_tiny_patch16_224", "model_args": SMALL, "image_size": [32, 32],
                    "levels": [1, 3]},
        "initial_weights": "random",
        "distill": {"fit": {**small["distill"]["fit"], "num_workers": 0}},
        "downstream": {
            "fit": {**small["downstream"]["fit"], "num_workers": 0, "steps": 20, "lr": 0.01}
        },
        "evaluation": {"batch_size": 2, **small["evaluation"]},
    }  # fmt: skip
    file = project.folder / "presets/sak_pascal.yaml"
    file.write_text(yaml.safe_dump(merged(yaml.safe_load(file.read_text()), tiny)))
    write_pascal_context(project.folder / "data/PASCALContext")
    for split in ("train", "val"):
        for name in ("n01440764", "n01443537"):
            folder = project.folder / "data/imagenet" / split / name
            folder.mkdir(parents=True)
            for at in range(2):
                Image.effect_noise((40, 48), 60 + at).convert("RGB").save(folder / f"{at}.JPEG")


def test_an_experiment_runs_from_real_formats_to_its_page(full_size):
    copy = full_size
    small_study(copy)
    copy.commit("small")
    copy.snakemake("sak_figure4")
    page = (copy.folder / "results/papers/sak_figure4.html").read_text()
    assert "What the routers of SAK weigh" in page
    assert "here " in page
    table = (copy.folder / "results/papers/sak_pascal/tables/sak_figure4.csv").read_text()
    assert "human_parts=with_person" in table
    assert "Nothing to be done" in copy.snakemake("-n", "sak_figure4")
    audit = copy.run("polytask", "audit", "results/papers/sak_pascal/tables/sak_figure4.csv")
    assert re.search(r"(\d+) of \1 numbers", audit), audit
