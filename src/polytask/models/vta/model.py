"""VTA's model: a backbone that runs once, adapters that all tasks share, a decoder per task.

Shapes: B images, H W pixels, N tasks, C of a task's condition.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.heads import predict_at
from polytask.models.multitask import Outputs, require
from polytask.models.sak import Representations
from polytask.models.vta.config import VtaConfig, read_vta
from polytask.models.vta.decoder import build_decoder
from polytask.models.vta.film import task_conditions
from polytask.models.vta.frozen import ReadBackbone
from polytask.models.vta.ladder import Ladder


class VtaModel(nn.Module):
    """A backbone, a ladder of adapters and one decoder per task (VTA, Figure 2).

    `tasks` maps each task to its number of outputs. Row t of the buffer `affinities` (N,N) has
    the weights of all tasks for task t, in the order of `tasks`; they start uniform. What a task
    sees differs by them alone. Without adapters the decoders stand on the backbone's own maps.
    """

    affinities: Tensor

    def __init__(self, config: VtaConfig, tasks: Mapping[str, int]) -> None:
        super().__init__()
        self.config, self.tasks, backbone = config, tuple(tasks), config.backbone
        self.backbone = ReadBackbone(backbone, frozen=config.frozen)
        places, count = self.backbone.places, len(self.tasks)
        self.ladder: Ladder | None = None
        self.task_representations: nn.Parameter | None = None
        if config.adapter is not None:
            self.ladder = Ladder(config.adapter, {name: places[name] for name in backbone.at})
            if config.adapter.taa:
                representations = torch.randn(count, config.adapter.task_dim)
                self.task_representations = nn.Parameter(representations)
        self.register_buffer("affinities", torch.full((count, count), 1 / count))
        self.decoders = nn.ModuleDict(
            {task: build_decoder(config, places, out) for task, out in tasks.items()}
        )

    def forward(self, images_B3HW: Tensor, tasks: Iterable[str] | None = None) -> Outputs:
        """Predict `tasks` (default: all) at exactly the size of the images, values in [0, 1].

        The representations' `stem` are the backbone's maps, their `experts` per task the
        adapters'. Raises UserError for a task without a decoder.
        """
        wanted = self.tasks if tasks is None else tuple(tasks)
        for task in wanted:
            if task not in self.tasks:
                raise UserError(f"task {task!r}: this model predicts {', '.join(self.tasks)}")
        maps = self.backbone(images_B3HW)
        said = self.adapted(maps, wanted)
        size, whole = tuple(images_B3HW.shape[-2:]), (self.backbone.whole,) * 2
        predictions = {}
        for task in wanted:
            seen = {**maps, **said[task]}
            names = (self.config.backbone.at[-1], *self.config.backbone.skips)
            levels = [seen[name] for name in names]
            predictions[task] = predict_at(self.decoders[task], levels, size, whole)
        experts = {task: list(each.values()) for task, each in said.items()}
        representations = Representations(stem=list(maps.values()), experts=experts, aligned={})
        return Outputs(predictions=predictions, representations=representations, gates={})

    def adapted(
        self, maps: Mapping[str, Tensor], tasks: Iterable[str]
    ) -> dict[str, dict[str, Tensor]]:
        """Return per task what the adapters say, by block; nothing without adapters.

        Without task-adapted attention that is the same for all tasks, and computed once.
        """
        if self.ladder is None:
            return {task: {} for task in tasks}
        if self.task_representations is None:
            return dict.fromkeys(tasks, self.ladder(maps, None))
        affinities_NN = self.affinities.clone()  # an update before `backward` changes no graph
        conditions_NC = task_conditions(affinities_NN, self.task_representations)
        at = {task: index for index, task in enumerate(self.tasks)}
        return {task: self.ladder(maps, conditions_NC[at[task]]) for task in tasks}

    def shared_parameters(self) -> list[nn.Parameter]:
        """What all tasks train together: the adapters, or else what of the backbone is trained."""
        shared = self.backbone if self.ladder is None else self.ladder
        return [weight for weight in shared.parameters() if weight.requires_grad]


def build_vta(config: Mapping[str, Any]) -> VtaModel:
    """Build a randomly initialised model from a configuration of format polytask.model/1.

    Keys: `vta` (see `read_vta`) and `tasks`, which maps each task to its number of outputs. Raises
    UserError naming a wrong or missing key.
    """
    require(config, ("vta", "tasks"), "model configuration")
    return VtaModel(read_vta(config["vta"]), config["tasks"])
