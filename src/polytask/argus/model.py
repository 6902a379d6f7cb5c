"""One backbone, a decoder per task: what is trained, judged and shown.

Shapes: B images of H x W pixels.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from polytask.argus.backbone import Backbone
from polytask.argus.decoder import Decoder, Features, LabelSpace
from polytask.argus.tasks import VISION_TASKS
from polytask.errors import UserError, advice


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """A decoder by name, of those that its task offers (the first where None), and its options.

    `also` are further tasks that read what it says, as they `share` it (task.VisionTask).
    """

    decoder: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


def build_decoder(task: str, config: DecoderConfig, dim: int, space: LabelSpace) -> Decoder:
    """The decoder of `task` for maps of `dim` channels.

    Raises UserError for a task, a decoder or an option that there is not, and for a decoder that
    does not say what another task is to read.
    """
    for each in (task, *config.also):
        if each not in VISION_TASKS:
            raise UserError(f"argus.tasks.{each}: no such task; {advice(each, VISION_TASKS)}")
    decoders = VISION_TASKS[task].decoders
    name = config.decoder or next(iter(decoders))
    if name not in decoders:
        raise UserError(f"argus.tasks.{task}.decoder: {name!r}; {advice(name, decoders)}")
    for other in config.also:
        if name not in VISION_TASKS[other].shares.get(task, ()):
            raise UserError(
                f"argus.tasks.{other}.decoder_of: {task}'s {name} does not say what {other} needs; "
                "give it a decoder of its own"
            )
    try:
        return decoders[name](dim, space, **config.options)
    except TypeError as error:
        raise UserError(f"argus.tasks.{task}.options of {name}: {error}") from error


def describe_decoder(config: DecoderConfig, space: LabelSpace) -> dict[str, Any]:
    """Decoder and label space as plain data, as it is read back from a file."""
    return json.loads(json.dumps({**asdict(config), "space": asdict(space)}))


def decoder_of(task: str, values: Mapping[str, Any], dim: int) -> tuple[Decoder, LabelSpace]:
    """What `describe_decoder` described."""
    space = LabelSpace(**{k: tuple(v) if isinstance(v, list) else v
                          for k, v in values["space"].items()})  # fmt: skip
    config = DecoderConfig(
        decoder=values["decoder"], options=values["options"], also=tuple(values["also"])
    )
    return build_decoder(task, config, dim, space), space


@dataclass(frozen=True)
class Part:
    """What a model has for a task: a decoder, its name in params.yaml, what labels say.

    `backbone` is its own where the adapter was trained with the decoder (Argus, Table 9).
    """

    decoder: Decoder
    name: str
    space: LabelSpace
    backbone: Backbone | None = None


class ArgusModel(nn.Module):
    """A shared backbone under the decoders of all tasks (Argus, Figure 3).

    Tasks that read what one decoder says have the same object. The ViT is the same object in all
    backbones.
    """

    def __init__(self, backbone: Backbone, parts: Mapping[str, Part]) -> None:
        super().__init__()
        self.backbone = backbone
        self.decoders = nn.ModuleDict({task: part.decoder for task, part in parts.items()})
        self.own_backbones = nn.ModuleDict(
            {task: part.backbone for task, part in parts.items() if part.backbone is not None}
        )
        self.names = {task: part.name for task, part in parts.items()}
        self.spaces = {task: part.space for task, part in parts.items()}

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(self.decoders)

    def trained_as(self, task: str) -> str:
        """The task that the decoder of `task` was trained for: itself, or one that it shares."""
        decoder = self.decoders[task]
        return next(other for other in self.decoders if self.decoders[other] is decoder)

    def space(self, task: str) -> LabelSpace:
        """What the labels of a task say."""
        return self.spaces[task]

    @torch.inference_mode()
    def predict(
        self, images_B3HW: Tensor, tasks: Iterable[str] | None = None
    ) -> dict[str, list[Any]]:
        """What each of `tasks` (default: all) says of every image; nothing shared runs twice.

        Raises UserError for a task without a decoder.
        """
        wanted = self.tasks if tasks is None else tuple(tasks)
        for task in wanted:
            if task not in self.decoders:
                raise UserError(f"task {task!r}: this model predicts {', '.join(self.tasks)}")
        shared: Features | None = None
        said: dict[nn.Module, list[Any]] = {}
        for task in wanted:
            decoder = self.decoders[task]
            if decoder in said:
                continue
            if task in self.own_backbones:
                said[decoder] = decoder.predict(self.own_backbones[task](images_B3HW))
            else:
                shared = shared or self.backbone(images_B3HW)
                said[decoder] = decoder.predict(shared)
        return {task: said[self.decoders[task]] for task in wanted}
