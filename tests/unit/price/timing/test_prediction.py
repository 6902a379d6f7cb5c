"""Seconds of jobs from given speeds, by hand: nothing is timed here."""

from types import SimpleNamespace

import pytest

from polytask.price.images import Images
from polytask.price.jobs import Job
from polytask.price.timing.examples import PATHS, PLAIN, kind_of
from polytask.price.timing.judged import NOTHING, judged
from polytask.price.timing.prediction import Prediction, predict
from polytask.price.timing.speeds import Speeds, mean
from polytask.price.timing.words import as_lines, clock
from polytask.price.work import UNKNOWN, Work

SPEEDS = Speeds(
    training={"plain": 1e9, "paths": 5e8},
    looking=2e9,
    reading=0.25,
    viewing=0.5,
    probing=2.0,
    starting=7.0,
    judging={"edge": 4.0, "depth": 1.0},
    rendering={"96": 10.0},
)
FIT = {
    "steps": 10, "batch_size": 4, "lr": 0.1, "weight_decay": 0.0, "schedule": "cosine",
    "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 0.0, "clip_norm": 0.0, "log_every": 1,
    "checkpoint_every": 5, "num_workers": 0,
}  # fmt: skip
DATASET = {"train_split": "train", "test_split": "test", "tasks": ["edge", "depth"]}
ROOMS = Job(
    rule="rooms", wildcards={}, inputs={}, outputs=["rooms.tar"],
    config={"size": 96, "train": 5, "val": 2, "test": 3}, gpus=0, cores=2, priority=10,
)  # fmt: skip


def job(rule: str, inputs: dict | None = None, outputs: tuple = (), **config) -> Job:
    return Job(
        rule=rule, wildcards={}, inputs={"labelled": ["rooms.tar"], **(inputs or {})},
        outputs=list(outputs), config=config, gpus=0,
    )  # fmt: skip


def ledger(models: list[dict] = ()) -> SimpleNamespace:
    return SimpleNamespace(
        images=Images([ROOMS]), models=SimpleNamespace(models=lambda _: list(models))
    )


def predicted(jobs: list[Job], works: list[Work], models: list[dict] = (), cores=2) -> Prediction:
    priced = SimpleNamespace(works=works, ledger=ledger(models))
    return predict(jobs, priced, SPEEDS, cores=cores, planning=3.0)


def test_rendering_is_shared_by_the_cores_and_a_training_waits_for_it():
    training = job("realign_head", fit=FIT)
    found = predicted([ROOMS, training], [UNKNOWN, Work(flops=6e9)])
    assert found.rules == {"rooms": 7 + 10 * 10, "realign_head": 7 + 6 + 40 * 0.5}
    assert found.terms == {"starting": 14, "rendering": 100, "training": 6, "views": 20,
                           "metrics": 0, "reading images": 0, "ridge probes": 0}  # fmt: skip
    assert found.wall == 3 + (7 + 100 / 2) + (7 + 6 + 20)
    assert found.busy == 140
    assert found.idle == pytest.approx(1 - 140 / (2 * 90))


def test_a_job_of_which_nothing_is_known_has_its_start():
    assert predicted([job("table")], [UNKNOWN]).rules == {"table": 7}


def test_cached_features_take_a_forward_pass_and_a_view_of_each():
    features = job("merged_features", split="train", num_views=2)
    assert predicted([features], [Work(flops=8e9)]).rules["merged_features"] == 7 + 4 + 5 * 2 * 0.5


def test_evaluation_reads_and_judges_the_test_split():
    models = [{"tasks": {"edge": 1}}, {"tasks": {"depth": 1}}]
    evaluate = job("evaluate", {"models": ["a", "b"]}, dataset=DATASET)
    found = predicted([evaluate], [Work(flops=2e9)], models)
    assert found.terms["metrics"] == 3 * (4 + 1)
    assert found.terms["reading images"] == 2 * 3 * 0.25
    assert found.terms["forward passes"] == 1


@pytest.mark.parametrize(
    ("rule", "config", "looks"),
    [
        ("validate", {}, 1),
        ("merge", {"scales": [0.1, 0.5, 0.9], "method": "ties"}, 3),
        ("tall_masks", {"thresholds": [0.2, 0.4]}, 2),
        ("relationships", {"scales": [0.0, 0.5, 1.0]}, 2 * 2 + 1),
    ],
)
def test_searches_judge_every_look_but_read_once(rule, config, looks):
    models = [{"tasks": {"edge": 1}}, {"tasks": {"depth": 1}}]
    search = job(rule, {"models": ["a", "b"]}, split="train", num_images=4, **config)
    found = judged(search, ledger(models))
    assert found.images == {"edge": looks * 4, "depth": looks * 4}
    assert found.read == 4


def test_retention_judges_the_tasks_of_every_subset():
    """Of three tasks: three pairs and all, so that each task is in three subsets."""
    models = [{"tasks": {task: 1}} for task in ("edge", "depth", "sal")]
    config = {"split": "val", "num_images": None, "subsets": "all", "dataset": DATASET}
    several = job("retention", {"models": ["a", "b", "c"]}, scales=[0.5, 1.0], **config)
    assert judged(several, ledger(models)).images["edge"] == 3 * (3 + 2 * 2)
    one = job("retention", {"models": ["a", "b", "c"]}, scales=[0.5], **config)
    assert judged(one, ledger(models)).images["sal"] == 3 * 3


def test_biases_probe_every_teacher_and_the_reference():
    biases = job("biases", teachers={"one": {}, "two": {}}, dataset=DATASET)
    found = judged(biases, ledger())
    assert (found.probed, found.images) == (3 * 5, {"edge": 3 * 3, "depth": 3 * 3})
    assert judged(job("distill"), ledger()) is NOTHING


def test_paths_to_the_teachers_make_a_kind_of_their_own():
    def models(biases: str) -> SimpleNamespace:
        described = {"student": {"biases": biases}}
        return SimpleNamespace(student=lambda _: described, model=lambda _: described)

    training = job("downstream", outputs=("model",))
    assert kind_of(training, models("adapter_paths")) == PATHS
    assert kind_of(training, models("none")) == PLAIN
    assert kind_of(job("realign_head", outputs=("head",)), models("adapter_paths")) == PLAIN


def test_a_kind_that_was_not_timed_has_the_speed_of_the_other():
    assert SPEEDS.steps(PATHS) == 5e8
    alone = Speeds(training={PATHS: 5e8}, looking=1, reading=0, viewing=0, probing=0)
    assert alone.steps(PLAIN) == 5e8


def test_cores_are_averaged_number_by_number():
    found = mean([{"a": 1.0, "b": {"c": 2.0}}, {"a": 3.0, "b": {"c": 6.0}}])
    assert found == {"a": 2.0, "b": {"c": 4.0}}


def prediction(share: float) -> Prediction:
    speeds = Speeds(training={"plain": 2e9}, looking=3e9, reading=0.001, viewing=0.002,
                    probing=0.0, starting=6.5, share=share)  # fmt: skip
    return Prediction(
        cores=2, jobs=75, speeds=speeds, rules={"table": 480.0, "distill": 3120.0},
        terms={"starting": 480.0, "training": 3120.0, "rendering": 0.0}, planning=20.0, wall=2420.0,
    )  # fmt: skip


def test_every_term_and_every_measured_number_is_named():
    told = "\n".join(as_lines(prediction(share=1.0)))
    assert "training steps, plain model            2 GFLOP/s" in told
    assert "start of a job                       6.5 s" in told
    assert "starting 75 jobs               480   13%" in told
    assert told.index("training   ") < told.index("starting 75 jobs")  # the largest first
    assert "rendering" not in told
    assert "1 core hours: 40.3 min on 2 cores" in told
    assert "Snakemake plans for 20 s; then cores are idle 25% of the time" in told
    assert "other work" not in told


def test_other_work_on_the_machine_is_told():
    told = list(as_lines(prediction(share=0.5)))[-1]
    assert told.startswith("! other work took 50% of the cores")
    assert told.endswith("without it about 20.2 min")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (86400 * 12, "12 days")],
)
def test_clocks_are_read_as_one_says_them(seconds, said):
    assert clock(seconds) == said
