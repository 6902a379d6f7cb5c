"""A trained model as an ONNX graph: images go in, raw maps come out by task.

Shapes: B images, C outputs of a task, H W pixels.
"""

import importlib.util
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from polytask.errors import UserError

INPUT = "image"
OPSET = 20
LARGEST = 2 * 10**9
"""Bytes of weights that one file of this format holds, and some room for the graph."""
NEEDED = ("onnx", "onnxscript", "onnxruntime")
TALKATIVE = ("onnxscript", "onnx_ir", "torch.onnx")


class Maps(nn.Module):
    """A model with the maps of its tasks as a tuple, which is what a graph can give."""

    def __init__(self, model: nn.Module, tasks: Sequence[str]) -> None:
        super().__init__()
        self.model, self.tasks = model, tuple(tasks)

    def forward(self, images_B3HW: Tensor) -> tuple[Tensor, ...]:
        """Return the raw maps (B,C,H,W) of the tasks in their order."""
        predictions = self.model(images_B3HW).predictions
        return tuple(predictions[task] for task in self.tasks)


def check_installed() -> None:
    """Raise UserError where what writes and runs graphs is not there."""
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise UserError(f"--onnx: {package} is not installed: pip install {package}")


@torch.no_grad()
def write_graph(
    model: nn.Module, tasks: Sequence[str], size: tuple[int, int], file: Path,
    about: Mapping[str, str],
) -> None:  # fmt: skip
    """Write a model that predicts `tasks` on float32 images (B,3,H,W) of `size`, any B.

    ONNX Runtime folds constants when it loads a graph; torch's own pass takes as long as the rest
    and made nothing faster. `about` stands in the metadata, and no path of this machine. Raises
    UserError for a model that is too large, or that torch cannot trace.
    """
    weights = sum(each.nbytes for each in model.state_dict().values())
    if weights > LARGEST:
        raise UserError(f"--onnx: {weights / 1e9:.1f} GB of weights do not fit into one ONNX file")
    try:
        with _quietly():
            program = torch.onnx.export(
                Maps(model, tasks).eval(), (torch.zeros(2, 3, *size),),
                input_names=[INPUT], output_names=list(tasks), opset_version=OPSET,
                dynamic_shapes=[{0: torch.export.Dim("batch")}], external_data=False,
                optimize=False, verbose=False,
            )  # fmt: skip
    except RuntimeError as error:
        why = str(error).strip().splitlines()[0]
        raise UserError(f"--onnx: torch cannot write this model as a graph: {why}") from error
    graph = program.model.graph
    for part in (program.model, graph, *graph.all_nodes()):
        part.metadata_props.clear()  # where in which file each operator comes from
        part.doc_string = None
    program.model.metadata_props.update(about)
    program.save(file)


@contextmanager
def _quietly() -> Iterator[None]:
    """Within the block, what writes graphs says nothing of its progress."""
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    levels = [each.level for each in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in loggers:
            each.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for each, level in zip(loggers, levels, strict=True):
                each.setLevel(level)
