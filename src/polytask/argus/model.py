"""One backbone, a decoder per task: what is trained, judged and shown.

Shapes: B images of H x W pixels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from polytask.argus.backbone import Backbone
from polytask.argus.decoder import Decoder, LabelSpace
from polytask.argus.tasks import VISION_TASKS
from polytask.errors import UserError, advice


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """A decoder by name, of those that its task offers (the first where None), and its options."""

    decoder: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def build_decoder(task: str, config: DecoderConfig, dim: int, space: LabelSpace) -> Decoder:
    """The decoder of `task` for maps of `dim` channels.

    Raises UserError for a task, a decoder or an option that there is not.
    """
    if task not in VISION_TASKS:
        raise UserError(f"argus.tasks.{task}: no such task; {advice(task, VISION_TASKS)}")
    decoders = VISION_TASKS[task].decoders
    name = config.decoder or next(iter(decoders))
    if name not in decoders:
        raise UserError(f"argus.tasks.{task}.decoder: {name!r}; {advice(name, decoders)}")
    try:
        return decoders[name](dim, space, **config.options)
    except TypeError as error:
        raise UserError(f"argus.tasks.{task}.options of {name}: {error}") from error


def describe_decoder(config: DecoderConfig, space: LabelSpace) -> dict[str, Any]:
    """Decoder and label space as plain data."""
    return {**asdict(config), "space": asdict(space)}


def decoder_of(task: str, values: Mapping[str, Any], dim: int) -> tuple[Decoder, LabelSpace]:
    """What `describe_decoder` described."""
    space = LabelSpace(**{k: tuple(v) if isinstance(v, list) else v
                          for k, v in values["space"].items()})  # fmt: skip
    config = DecoderConfig(decoder=values["decoder"], options=values["options"])
    return build_decoder(task, config, dim, space), space


class ArgusModel(nn.Module):
    """A shared backbone under the decoders of all tasks (Argus, Figure 3).

    `names` are those of the decoders, as params.yaml calls them. A task whose adapter was trained
    with its decoder has a backbone of its own in `own_backbones` (Table 9); the ViT is the same
    object in all of them.
    """

    def __init__(
        self, backbone: Backbone, decoders: Mapping[str, Decoder],
        spaces: Mapping[str, LabelSpace], names: Mapping[str, str],
        own_backbones: Mapping[str, Backbone] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.names = dict(names)
        self.backbone = backbone
        self.decoders = nn.ModuleDict(decoders)
        self.own_backbones = nn.ModuleDict(own_backbones or {})
        self.spaces = dict(spaces)

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(self.decoders)

    def space(self, task: str) -> LabelSpace:
        """What the labels of a task say."""
        return self.spaces[task]

    @torch.inference_mode()
    def predict(
        self, images_B3HW: Tensor, tasks: Iterable[str] | None = None
    ) -> dict[str, list[Any]]:
        """What each of `tasks` (default: all) says of every image; the backbone runs once.

        Raises UserError for a task without a decoder.
        """
        wanted = self.tasks if tasks is None else tuple(tasks)
        for task in wanted:
            if task not in self.decoders:
                raise UserError(f"task {task!r}: this model predicts {', '.join(self.tasks)}")
        shared = [task for task in wanted if task not in self.own_backbones]
        found: dict[str, list[Any]] = {}
        if shared:
            features = self.backbone(images_B3HW)
            found = {task: self.decoders[task].predict(features) for task in shared}
        for task in wanted:
            if task in self.own_backbones:
                found[task] = self.decoders[task].predict(self.own_backbones[task](images_B3HW))
        return {task: found[task] for task in wanted}
