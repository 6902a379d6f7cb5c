"""Every protocol has a metric, whose direction it says."""

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.depth import RootMeanSquaredError
from polytask.metrics.edges import OdsFMeasure
from polytask.metrics.multitask import task_metric
from polytask.metrics.normals import MeanAngularError
from polytask.metrics.saliency import MaxFMeasure
from polytask.metrics.segmentation import HumanPartsIoU, MeanIoU
from polytask.protocols import PROTOCOLS
from polytask.tasks import TASKS, num_outputs


def labels_and_perfect_outputs(task, name):
    """Labels (2, ...) of one task and raw outputs that reproduce them."""
    torch.manual_seed(0)
    channels = num_outputs(task, 5)
    if TASKS[task].kind == "classes":
        labels = torch.randint(0, channels, (2, 48, 48))
        return labels, 20.0 * torch.nn.functional.one_hot(labels, channels).movedim(-1, 1)
    if task == "edge":
        labels = torch.zeros(2, 1, 48, 48)
        labels[..., 24] = 1
        return labels, 20 * labels - 10
    if task == "normals":
        labels = torch.nn.functional.normalize(torch.randn(2, 3, 48, 48), dim=1)
        return labels, labels.clone() if name == "abs_error" else 2 * labels
    labels = torch.rand(2, channels, 48, 48) + 1
    if name == "f1":
        labels = (labels - 1.5).clamp(min=0)
    if TASKS[task].kind == "regression":
        labels[:, :, :4] = torch.nan
    return labels, labels.nan_to_num()


NAMED = [(task, name) for task in TASKS for name in PROTOCOLS[task]]


@pytest.mark.parametrize(("task", "name"), NAMED)
def test_a_perfect_prediction_beats_a_wrong_one(task, name):
    labels, outputs = labels_and_perfect_outputs(task, name)
    perfect, wrong = (task_metric(task, 5, 0.011, {task: name}) for _ in range(2))
    perfect.update(outputs, labels)
    wrong.update(outputs.roll(9, dims=-1), labels)
    higher = PROTOCOLS[task][name].higher_is_better
    sign = 1 if higher else -1
    assert sign * (perfect.compute() - wrong.compute()) > 0
    best = 100.0 if higher else 0.0
    assert perfect.compute() == pytest.approx(best, abs=5 if task == "edge" else 1e-3)


def test_without_a_choice_a_task_is_measured_as_in_saks_tables():
    expected = {
        "semseg": MeanIoU, "human_parts": HumanPartsIoU, "sal": MaxFMeasure,
        "edge": OdsFMeasure, "normals": MeanAngularError, "depth": RootMeanSquaredError,
    }  # fmt: skip
    found = {task: task_metric(task, 5, 0.011, {}) for task in expected}
    assert {task: type(metric) for task, metric in found.items()} == expected
    assert (found["edge"].nms_radius, found["edge"].smoothing) == (4, 1)
    assert len(found["edge"].thresholds) == 99


def test_an_unknown_protocol_names_the_nearest():
    with pytest.raises(UserError, match=r"no protocol 'invp'; did you mean `invpt`"):
        task_metric("sal", 5, 0.011, {"sal": "invp"})
