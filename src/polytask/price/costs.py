"""What one image costs each model: FLOPs, activations, weights. Counted once per kind.

Shapes: H W pixels.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from polytask.models.heads import predict_at
from polytask.models.multitask import MultiTaskModel, build_model, build_student
from polytask.price.counting import META, Count, forward_count, on_meta, training_count
from polytask.price.descriptions import Description, frozen_teacher

Train = Callable[[MultiTaskModel], None]


@dataclass(frozen=True)
class Cost:
    """One image's count, a model's parameters, how many are trained, and its file's bytes."""

    count: Count
    parameters: int
    trained: int
    file_bytes: int


class Costs:
    """Costs by what a model is; equal descriptions are counted once."""

    def __init__(self) -> None:
        self._known: dict[str, Cost] = {}
        self._models: dict[str, MultiTaskModel] = {}

    def teacher(self, config: Mapping[str, Any], image_hw: Sequence[int]) -> Cost:
        """A frozen teacher's forward pass on an image of H x W pixels."""

        def find() -> Cost:
            teacher = frozen_teacher(config)

            def look() -> None:
                images = teacher.prepare(torch.empty(1, 3, *image_hw))
                teacher.encoder.forward_intermediates(
                    images, indices=list(teacher.levels), norm=False, intermediates_only=True
                )

            return _cost(teacher, forward_count(look))

        return self._once(["teacher", config, image_hw], find)

    def student(self, description: Description) -> Cost:
        """A bare student's forward pass on an image of its size."""

        def find() -> Cost:
            student = on_meta(lambda: build_student(description))
            return _cost(student, forward_count(lambda: student(_image(description))))

        return self._once(["student", description], find)

    def distillation(self, description: Description) -> Cost:
        """An image's share of a step of stage 1, without the teachers."""

        def find() -> Cost:
            student = on_meta(lambda: build_student(description))
            count = training_count(student, lambda: _flat(student(_image(description)).aligned))
            return self._with_forward(["student", description], _cost(student, count))

        return self._once(["distillation", description], find)

    def model(self, description: Description, tasks: Sequence[str] | None = None) -> Cost:
        """A model's forward pass at its size for `tasks` (None: all; empty: the encoder's)."""

        def find() -> Cost:
            model = self._model(description)
            return _cost(model, forward_count(lambda: model(_image(description), tasks)))

        return self._once(["model", description, tasks], find)

    def training(self, description: Description, train: Train, *, distilled: bool = False) -> Cost:
        """An image's share of a step at a model's size; `distilled`: of the aligned maps too."""

        def find() -> Cost:
            model = self._model(description).requires_grad_(True)
            train(model)

            def run() -> list[Tensor]:
                outputs = model(_image(description))
                aligned = _flat(outputs.representations.aligned) if distilled else []
                return [*outputs.predictions.values(), *aligned]

            cost = _cost(model, training_count(model, run))
            return self._with_forward(["model", description, None], cost)

        return self._once(["training", description, train.__name__, distilled], find)

    def head(self, description: Description, task: str) -> Cost:
        """An image's share of a step of one head alone, on maps that are given."""

        def find() -> Cost:
            model, images = self._model(description), _image(description)
            head, size = model.heads[task].requires_grad_(True), tuple(images.shape[-2:])
            levels, whole = _levels(model, images, task), model.student.padded_to
            return _cost(
                head, training_count(head, lambda: [predict_at(head, levels, size, whole)])
            )

        return self._once(["head", description, task], find)

    def module(self, key: Any, make: Callable[[], nn.Module], run: "Run") -> Cost:
        """An image's share of a step of any other module; `key` says which one it is."""

        def find() -> Cost:
            module = on_meta(make)
            return _cost(module, training_count(module, lambda: run(module)))

        return self._once(["module", key], find)

    def _model(self, description: Description) -> MultiTaskModel:
        """The model, built once; what of it is trained is whatever was asked last."""
        name = json.dumps(description)
        if name not in self._models:
            self._models[name] = on_meta(lambda: build_model(description))
        return self._models[name]

    def _with_forward(self, key: Any, cost: Cost) -> Cost:
        """The cost of a training; that of the forward pass in it is known from now on as `key`."""
        flops = cost.count.forward_flops
        self._known.setdefault(json.dumps(key), replace(cost, count=Count(flops, flops)))
        return cost

    def _once(self, key: Any, find: Callable[[], Cost]) -> Cost:
        name = json.dumps(key)
        if name not in self._known:
            self._known[name] = find()
        return self._known[name]


def level_shapes(description: Description) -> list[tuple[int, ...]]:
    """(D, h, w) per level of what the heads of a model see of an image of its size."""
    model = on_meta(lambda: build_model(description))
    levels = _levels(model, _image(description), next(iter(model.heads)))
    return [tuple(level.shape[1:]) for level in levels]


Run = Callable[[Any], Iterable[Tensor]]


@torch.no_grad()
def _levels(model: MultiTaskModel, images_B3HW: Tensor, task: str) -> list[Tensor]:
    """A map per level, as a task's head takes them."""
    with META:
        return model.maps_for(model.student(images_B3HW), task)[0]


def _image(description: Description) -> Tensor:
    return torch.empty(1, 3, *description["student"]["image_size"], device=META)


def _flat(maps: Mapping[str, Sequence[Tensor]]) -> list[Tensor]:
    return [level for levels in maps.values() for level in levels]


def _cost(module: nn.Module, count: Count) -> Cost:
    parameters = list(module.parameters())
    return Cost(
        count,
        parameters=sum(each.numel() for each in parameters),
        trained=sum(each.numel() for each in parameters if each.requires_grad),
        file_bytes=sum(value.nbytes for value in module.state_dict().values()),
    )
