"""`polytask plan` as it is typed: the miniature, and words that cannot be meant."""

import contextlib
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.cli import main
from polytask.commands import plan
from polytask.errors import UserError
from polytask.models.files import STUDENT_FORMAT, save_model
from polytask.models.multitask import build_student
from polytask.price.descriptions import Descriptions
from polytask.price.jobs import Job
from polytask.price.timing.speeds import Speeds

ROOT = Path(__file__).parents[3]
MINIATURE = str(ROOT / "tests/workflow/miniature.yaml")
NOT_COUNTED = {
    "rooms", "table", "efficiency", "paper_numbers", "report", "report_simo",
}  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """An empty folder: the data are not there."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def planned() -> list[Job]:
    """The jobs of the whole project in miniature."""
    with plan.planning([], [Path(MINIATURE)]) as found:
        return found.jobs()


@pytest.fixture(scope="module")
def priced(elsewhere, planned) -> dict:
    """The whole project in miniature, as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        patch.setattr(plan, "planning", knowing(planned))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["plan", "--configfile", MINIATURE, "--json", "--gpu", "A100"]) == 0
    return json.loads(out.getvalue())


def knowing(jobs: list[Job]):
    """Snakemake's place taken by what it has said before: the jobs that make one of the targets."""

    @contextlib.contextmanager
    def planning(targets, configfiles, cores):
        wanted = set(targets)
        for job in reversed(jobs):  # those that others need stand first
            if wanted & {*job.outputs}:
                wanted.update(*job.inputs.values())
        behind = [job for job in jobs if not targets or wanted & {*job.outputs}]
        yield SimpleNamespace(jobs=lambda: behind, seconds=0.0)

    return planning


def rule(priced: dict, name: str) -> dict:
    return next(each for each in priced["rules"] if each["rule"] == name)


def test_every_rule_that_computes_has_a_price_and_the_others_none(priced, elsewhere):
    assert {each["rule"] for each in priced["rules"] if each["flops"] is None} == NOT_COUNTED
    assert all(each["jobs"] > 0 for each in priced["rules"])
    assert not list(elsewhere.iterdir())  # nothing was made, not even Snakemake's notes


def test_jobs_are_those_of_the_dag(priced):
    assert rule(priced, "pretrain_teacher")["jobs"] == 3
    assert rule(priced, "teacher_features")["jobs"] == 6
    assert rule(priced, "realign_head")["jobs"] == 4


def test_caches_take_what_their_shapes_say(priced):
    """Three teachers, four levels of 32 x 8 x 8 in fp16, two views of 12 and of 8 images."""
    assert rule(priced, "teacher_features")["written"] == 3 * 2 * (12 + 8) * 4 * 32 * 64 * 2


def test_hours_follow_from_the_stated_utilisation(priced):
    distill = rule(priced, "distill")
    assert priced["machine"]["arithmetic"] == "tf32"  # the miniature computes in fp32
    assert distill["hours"] == pytest.approx(distill["flops"] / (0.4 * 156e12) / 3600)


def test_teachers_are_compared_where_they_are_distilled(priced):
    corpus, labelled = priced["teachers"]
    assert (corpus["views"], corpus["uses"]) == (2 * 12, 2 * 10 * 4)  # sak and no_biases
    assert (labelled["views"], labelled["data"]) == (2 * 8, "labelled")


def test_what_is_told_of_a_target(planned, monkeypatch, capsys):
    monkeypatch.setattr(plan, "planning", knowing(planned))
    target = "results/teachers/masked/model.safetensors"
    assert main(["plan", target, "--configfile", MINIATURE, "--count", "8"]) == 0
    told = capsys.readouterr().out
    assert "2 jobs for results/teachers/masked/model.safetensors" in told
    assert "8 x H100, tf32: 495 TFLOP/s each, of which 40% is had" in told
    assert "not known (-): rooms" in told


def test_a_target_has_the_jobs_behind_it_but_not_the_training_of_a_student_that_is_there(
    elsewhere, tmp_path, monkeypatch, capsys
):
    """Stage 1 does not run for it, and its own file says what it costs."""
    monkeypatch.chdir(elsewhere)
    weights, overlay = tmp_path / "student/model.safetensors", tmp_path / "overlay.yaml"
    vit = {"patch_size": 16, "embed_dim": 64, "depth": 2, "num_heads": 2}
    student = {"model": "vit_tiny_patch16_224", "model_args": vit, "image_size": [32, 32]}
    described = {
        "format": STUDENT_FORMAT,
        "student": {**student, "levels": [0, 1]},
        "teacher_dims": {"dinov2": 96},
    }
    save_model(weights, build_student(described), described)
    overlay.write_text(f"distill: {{students: {{sak: {{weights: {weights}}}}}}}\n")
    target = "results/downstream/no_distillation_2/all/model.safetensors"
    words = ["plan", target, "--configfile", MINIATURE, "--configfile", str(overlay), "--json"]
    assert main(words) == 0
    priced = json.loads(capsys.readouterr().out)
    assert {each["rule"] for each in priced["rules"]} == {"rooms", "downstream"}
    assert rule(priced, "downstream")["flops"] > 0
    weights.unlink()
    with pytest.raises(UserError, match="no such model file"):
        Descriptions([]).student(str(weights))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gpu", "H10"], "did you mean `H100`"),
        (["--count", "0"], "--count 0: give 1 or more"),
        (["--utilisation", "40"], "--utilisation 40: a share, at most 1"),
        (["--configfile", "nowhere.yaml"], "nowhere.yaml: no such file"),
    ],
)
def test_words_that_cannot_be_meant_are_one_line(words, message, capsys):
    assert main(["plan", *words]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_what_snakemake_objects_to_is_one_line(capsys):
    assert main(["plan", "results/nothing.txt"]) == 2
    told = capsys.readouterr().err
    assert "results/nothing.txt" in told
    assert told.count("\n") == 1


@pytest.fixture
def on_a_timed_cpu(monkeypatch):
    """Two jobs that nobody plans, on a machine that nobody times."""
    rooms = Job(
        rule="rooms", wildcards={}, inputs={}, outputs=["rooms.tar"],
        config={"size": 96, "train": 14, "val": 2}, gpus=0, cores=2,
    )  # fmt: skip
    table = Job(rule="table", wildcards={}, inputs={"x": ["rooms.tar"]}, outputs=["y"],
                config={}, gpus=0)  # fmt: skip
    speeds = Speeds(
        training={"plain": 1e9}, looking=2e9, reading=0.1, viewing=0.1, probing=0.1, starting=180.0,
        rendering={"96": 90.0},
    )  # fmt: skip
    planned = SimpleNamespace(jobs=lambda: [rooms, table], seconds=60.0)
    asked = []

    @contextlib.contextmanager
    def planning(targets, configfiles, cores):
        asked.append(cores)
        yield planned

    monkeypatch.setattr("polytask.commands.plan.planning", planning)
    monkeypatch.setattr("polytask.price.timing.measuring.measure", lambda jobs, cores: speeds)
    return asked


def test_a_cpu_is_told_core_hours_by_rule_and_the_wall_clock(on_a_timed_cpu, capsys):
    """Both start for 3 minutes; 16 rooms of 90 s are shared by two cores, planning takes one."""
    assert main(["plan", "--gpu", "cpu", "--count", "2"]) == 0
    told = capsys.readouterr().out
    assert on_a_timed_cpu == [2]
    assert [line.split()[-1] for line in told.splitlines() if line.startswith("  rooms")] == [
        "0.45"
    ]
    assert "0.5 core hours: 19 min on 2 cores" in told
    assert "of these the start alone is counted: table" in told


def test_a_cpu_takes_all_its_cores_and_json_has_seconds(on_a_timed_cpu, capsys):
    assert main(["plan", "--gpu", "cpu", "--json"]) == 0
    priced = json.loads(capsys.readouterr().out)
    assert on_a_timed_cpu == [len(os.sched_getaffinity(0))] == [priced["machine"]["count"]]
    assert priced["predicted"]["rules"] == {"rooms": 1620.0, "table": 180.0}
    assert priced["predicted"]["terms"]["starting"] == 360.0
    assert rule(priced, "rooms")["hours"] == 0.45
    assert priced["hours"] == 0.5


def test_a_cpu_with_a_given_peak_is_not_timed(on_a_timed_cpu, capsys):
    assert main(["plan", "--gpu", "cpu", "--peak", "0.1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predicted"] is None
