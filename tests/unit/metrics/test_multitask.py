"""Every task has a metric, and its unit and direction are those of `TASKS`."""

import pytest
import torch

from polytask.metrics.multitask import task_metric
from polytask.tasks import TASKS, num_outputs


def labels_and_perfect_outputs(task):
    """Labels (2, ...) of one task and raw outputs that reproduce them."""
    torch.manual_seed(0)
    channels = num_outputs(task, 5)
    if task in {"semseg", "human_parts", "sal"}:
        labels = torch.randint(0, channels, (2, 48, 48))
        return labels, 20.0 * torch.nn.functional.one_hot(labels, channels).movedim(-1, 1)
    if task == "edge":
        labels = torch.zeros(2, 1, 48, 48)
        labels[..., 24] = 1
        return labels, 20 * labels - 10
    if task == "normals":
        labels = torch.nn.functional.normalize(torch.randn(2, 3, 48, 48), dim=1)
        return labels, 2 * labels
    labels = torch.rand(2, 1, 48, 48) + 1
    return labels, labels.clone()


@pytest.mark.parametrize("task", TASKS)
def test_a_perfect_prediction_beats_a_wrong_one(task):
    labels, outputs = labels_and_perfect_outputs(task)
    perfect, wrong = (task_metric(task, 5, 0.011) for _ in range(2))
    perfect.update(outputs, labels)
    wrong.update(outputs.roll(9, dims=-1), labels)
    sign = 1 if TASKS[task].higher_is_better else -1
    assert sign * (perfect.compute() - wrong.compute()) > 0
    best = 100.0 if TASKS[task].higher_is_better else 0.0
    assert perfect.compute() == pytest.approx(best, abs=5 if task == "edge" else 1e-3)
