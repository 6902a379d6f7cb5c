"""The files of Argus: a backbone with the decoders of stage 1, and one decoder per further task.

{folder}/backbone/model.safetensors and {folder}/{task}/model.safetensors, each with its .json.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from polytask.argus.backbone import Backbone, BackboneConfig
from polytask.argus.decoder import Decoder, LabelSpace
from polytask.argus.model import ArgusModel, Part, decoder_of
from polytask.errors import UserError
from polytask.models.files import WEIGHTS, load_weights, read_config, save_model

BACKBONE_FORMAT = "polytask.argus/1"
DECODER_FORMAT = "polytask.argus_decoder/1"


class Pretrained(nn.Module):
    """What stage 1 trains: the backbone and the decoders of its tasks."""

    def __init__(self, backbone: Backbone, decoders: Mapping[str, Decoder]) -> None:
        super().__init__()
        self.backbone = backbone
        self.decoders = nn.ModuleDict(decoders)


class Adapted(nn.Module):
    """What stage 2 trains: one decoder, and the adapter below where that is not frozen."""

    def __init__(self, decoder: Decoder, backbone: Backbone | None) -> None:
        super().__init__()
        self.decoder = decoder
        if backbone is not None:
            self.adapter = backbone.student.adapter


def save_pretrained(
    path: Path, model: Pretrained, decoders: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write a backbone and the decoders of stage 1, which `decoders` describe."""
    config = {
        "format": BACKBONE_FORMAT, "backbone": model.backbone.config.describe(),
        "decoders": dict(decoders),
    }  # fmt: skip
    save_model(path, model, config)


def load_pretrained(path: Path) -> tuple[Pretrained, dict[str, LabelSpace], dict[str, Any]]:
    """A backbone with its decoders in eval mode, their label spaces, and their descriptions."""
    config = read_config(path, BACKBONE_FORMAT)
    backbone = Backbone(BackboneConfig.of(config["backbone"]))
    described = {task: _complete(values) for task, values in config["decoders"].items()}
    built = {task: decoder_of(task, values, backbone.dim) for task, values in described.items()}
    model = Pretrained(backbone, {task: decoder for task, (decoder, _) in built.items()})
    load_weights(model, path)
    spaces = {task: space for task, (_, space) in built.items()}
    return model.eval(), spaces, described


def save_adapted(path: Path, model: Adapted, task: str, described: Mapping[str, Any]) -> None:
    """Write the decoder of one task, and the adapter where that was trained with it."""
    config = {
        "format": DECODER_FORMAT, "task": task, "decoder": dict(described),
        "adapter": hasattr(model, "adapter"),
    }  # fmt: skip
    save_model(path, model, config)


def assemble(backbone: Path, decoders: Sequence[Path]) -> ArgusModel:
    """One model of the files of stage 1 and stage 2, in eval mode on the CPU.

    A decoder of stage 2 takes the place of one of stage 1, for all tasks that read what it says.
    Raises UserError where files do not belong together.
    """
    pretrained, spaces, described = load_pretrained(backbone)
    parts: dict[str, Part] = {}
    for task, about in described.items():
        part = Part(pretrained.decoders[task], about["decoder"], spaces[task])
        parts |= dict.fromkeys((task, *about["also"]), part)
    for path in decoders:
        tasks, part = _load_adapted(path, pretrained.backbone)
        parts |= dict.fromkeys(tasks, part)
    return ArgusModel(pretrained.backbone, parts).eval()


def is_argus(folder: Path) -> bool:
    """Whether a folder holds a model of Argus."""
    return (folder / "backbone" / WEIGHTS).is_file()


def load(folder: Path) -> ArgusModel:
    """The model of all files in `folder`, in eval mode; raises UserError where it has none."""
    if not is_argus(folder):
        raise UserError(f"{folder}: no backbone/{WEIGHTS} in it; name a folder of results/argus")
    decoders = sorted(
        path for path in folder.glob(f"*/{WEIGHTS}") if path.parent.name != "backbone"
    )
    return assemble(folder / "backbone" / WEIGHTS, decoders)


def _load_adapted(path: Path, backbone: Backbone) -> tuple[tuple[str, ...], Part]:
    """A decoder of stage 2, and the tasks that read what it says."""
    config = read_config(path, DECODER_FORMAT)
    task, about = config["task"], _complete(config["decoder"])
    decoder, space = decoder_of(task, about, backbone.dim)
    own = _with_own_adapter(backbone) if config["adapter"] else None
    load_weights(Adapted(decoder, own), path)
    return (task, *about["also"]), Part(decoder, about["decoder"], space, own)


def _complete(described: Mapping[str, Any]) -> dict[str, Any]:
    """A decoder's description; files from before decoders were shared do not say who reads it."""
    return {"also": [], **described}


def _with_own_adapter(shared: Backbone) -> Backbone:
    own = Backbone(shared.config)
    own.student.vit = shared.student.vit
    return own
