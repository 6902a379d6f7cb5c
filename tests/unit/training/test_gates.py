"""What routers choose is written down as it is, and changes nothing."""

import pytest
import torch

from polytask.models.routers import MixtureOfRepresentations, clean_gate
from polytask.reporting.rows import read_rows
from polytask.training.gates import GateWriter, mean_gates

GATES = torch.tensor([[[0.25, 0.75], [1.0, 0.0]], [[0.75, 0.25], [0.5, 0.5]]])
"""Of two images, two levels and two experts."""


def test_gates_are_averaged_over_images_and_leave_the_graph():
    means = mean_gates({"depth": GATES.clone().requires_grad_()}, (3, 7), ("stem", "a"))
    assert {key: float(value) for key, value in means.items()} == {
        "gate/depth/3/stem": 0.5, "gate/depth/3/a": 0.5,
        "gate/depth/7/stem": 0.75, "gate/depth/7/a": 0.25,
    }  # fmt: skip
    assert not any(value.requires_grad for value in means.values())


def test_gates_go_to_their_own_file_and_everything_else_goes_on(tmp_path):
    logged = []
    write = GateWriter(tmp_path / "gates.csv", lambda step, values: logged.append((step, values)))
    write(2, {"loss": 0.5, "gate/depth/3/stem": 0.123456789, "lr": 1.0})
    write(4, {"loss": 0.25, "gate/depth/3/stem": 0.5, "lr": 0.5})
    rows = read_rows(tmp_path / "gates.csv", text=("task", "expert"))
    assert [tuple(row.values()) for row in rows] == [
        (2, "depth", 3, "stem", 0.123457), (4, "depth", 3, "stem", 0.5)
    ]  # fmt: skip
    assert logged == [(2, {"loss": 0.5, "lr": 1.0}), (4, {"loss": 0.25, "lr": 0.5})]


@pytest.mark.parametrize("has_file", [True, False])
def test_a_model_without_routers_leaves_a_header_alone(tmp_path, has_file):
    path = tmp_path / "gates.csv"
    GateWriter(path if has_file else None, lambda step, values: None)(1, {"loss": 0.5})
    assert path.exists() == has_file
    assert not has_file or path.read_text() == "step,task,level,expert,weight\n"


def test_looking_at_the_clean_gate_draws_nothing_and_shows_what_evaluation_uses():
    router, stem = MixtureOfRepresentations(8, 3).train(), torch.randn(2, 8, 2, 2)
    logits = router.logits(stem)
    before = torch.get_rng_state()
    clean = clean_gate(logits)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(clean, router.gate_of(logits))
    assert torch.equal(clean, router.eval()(stem))
