"""An ordering holds where the better model is better in the task's own direction."""

from polytask.reporting.argus.claims import compare_changes, compare_main
from polytask.reporting.argus.measures import measures_in


def model(name, **values):
    about = {
        "metric": "ap", "unit": "%", "higher_is_better": True, "dataset": "rooms",
        "split": "test", "num_images": 9, "protocol": "coco", "pretrained": True,
    }  # fmt: skip
    down = {"metric": "rmse", "unit": "m", "higher_is_better": False}
    tasks = {
        task: about | (down if task == "depth" else {}) | {"value": value}
        for task, value in values.items()
    }
    return {"method": name, "title": name, "tasks": tasks}


def test_below_is_better_where_errors_are_measured():
    ours, plain = model("argus", detection=3.0, depth=0.2), model("plain", detection=3.0, depth=0.3)
    detection, depth = compare_main(ours, plain, measures_in([ours, plain]))
    assert (detection.gain, detection.holds, detection.source) == (0.0, False, "Argus, Table 1")
    assert (round(depth.gain, 9), depth.holds, depth.source) == (0.1, True, "Argus, Table 2")


def test_a_task_that_the_paper_lacks_or_one_model_lacks_is_not_judged():
    ours, plain = model("argus", tracking=1.0, pose=2.0), model("plain", tracking=0.5)
    assert compare_main(ours, plain, measures_in([ours, plain])) == []


def test_ablations_are_judged_against_their_own_row_on_the_tasks_that_the_paper_names():
    models = [
        model("argus", pose=50.0, classification=80.0),
        model("argus_no_ema", pose=49.0, classification=81.0),
        model("argus_unscaled", pose=49.5, classification=70.0),
        model("argus_batch_norm", pose=48.5, classification=82.0),
        model("argus_tuned", classification=80.5),
        model("my_own", pose=99.0),
    ]
    found = compare_changes(models, measures_in(models))
    judged = {(each.better, each.worse, each.measure.task): each.holds for each in found}
    assert judged == {
        ("argus", "argus_no_ema", "pose"): True,
        ("argus_no_ema", "argus_unscaled", "pose"): False,
        ("argus_no_ema", "argus_batch_norm", "pose"): True,
        ("argus_no_ema", "argus_batch_norm", "classification"): False,
        ("argus_tuned", "argus", "classification"): True,
    }
