"""Student, fusion and heads as one model, built from a plain configuration.

Official checkpoints name the same parameters `backbone.` (here `student.`), `backbone.mor.`
(here `fusion.mor.`) and `heads.`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.argus.backbone import AdaptedStudent
from polytask.models.dpt import DPTHead
from polytask.models.encoder import EncoderConfig, EncoderUnderHeads
from polytask.models.fusion import (
    Fused,
    MixtureFusion,
    StemFusion,
    StemPlusClassToken,
    StemWithClassToken,
    SumFusion,
)
from polytask.models.heads import Head, LinearHead, OneMapHead, predict_at
from polytask.models.mlore.config import read_mlore
from polytask.models.mlore.decoder import MloreDecoder
from polytask.models.sak import Representations, Student, StudentConfig
from polytask.models.swin.student import StagedStudent
from polytask.models.timm_encoders import create_encoder

if TYPE_CHECKING:
    from polytask.models.vta.model import VtaModel


@dataclass
class Outputs:
    """Raw predictions (B,C,H,W) per task, what they came from, gates (B, levels, experts).

    In training predictions come from noisy gates; these are the same ones without noise.
    """

    predictions: dict[str, Tensor]
    representations: Representations
    gates: dict[str, Tensor]


AnyStudent = Student | StagedStudent
Backbone = AnyStudent | EncoderUnderHeads
"""What fusion and heads stand on."""


class NothingShared(nn.Module):
    """The decoder of heads that take their task's fused maps as they are; it has no weights."""

    def forward(self, levels_BDhw: Sequence[Tensor], task: str) -> Sequence[Tensor]:
        del task
        return levels_BDhw


class MultiTaskModel(nn.Module):
    """One student, one fusion, one head per task (SAK, Figure 2).

    Between fusion and heads may stand a `decoder`, whose weights tasks share.
    """

    def __init__(
        self,
        student: Backbone,
        fusion: nn.Module,
        heads: Mapping[str, nn.Module],
        decoder: nn.Module,
    ) -> None:
        super().__init__()
        self.student = student
        self.fusion = fusion
        self.decoder = decoder
        self.heads = nn.ModuleDict(heads)

    def forward(self, images_B3HW: Tensor, tasks: Iterable[str] | None = None) -> Outputs:
        """Predict `tasks` (default: all) at exactly the size of the images, values in [0, 1].

        Raises UserError for a task without a head.
        """
        wanted = tuple(self.heads) if tasks is None else tuple(tasks)
        for task in wanted:
            if task not in self.heads:
                raise UserError(f"task {task!r}: this model predicts {', '.join(self.heads)}")
        representations = self.student(images_B3HW)
        size, whole = tuple(images_B3HW.shape[-2:]), self.student.padded_to
        predictions, gates = {}, {}
        for task in wanted:
            maps, task_gates = self.maps_for(representations, task)
            predictions[task] = predict_at(self.heads[task], maps, size, whole)
            if task_gates is not None:
                gates[task] = task_gates
        return Outputs(predictions=predictions, representations=representations, gates=gates)

    def maps_for(self, representations: Representations, task: str) -> Fused:
        """Return what a task's head takes, fused and decoded, and gates (B, levels, experts)."""
        fused, gates = self.fusion(representations, task)
        return self.decoder(fused, task), gates


def require(config: Mapping[str, Any], keys: Iterable[str], name: str) -> None:
    """Raise UserError for the first of `keys` that the part `name` of a configuration lacks."""
    for key in keys:
        if key not in config:
            raise UserError(f"{name}: the key {key!r} is missing")


def create_student(config: StudentConfig, teacher_dims: Mapping[str, int]) -> AnyStudent:
    """A student on a Swin where its model is one, else on a plain ViT, with an adapter or not."""
    if config.model.startswith("swin_"):
        return StagedStudent(config, teacher_dims)
    return (AdaptedStudent if config.adapter else Student)(config, teacher_dims)


def build_student(config: Mapping[str, Any]) -> AnyStudent:
    """Build the student of a configuration; raises UserError for an unknown or missing key."""
    require(config, ("student", "teacher_dims"), "model configuration")
    known = [field.name for field in fields(StudentConfig)]
    require(config["student"], ("model", "image_size", "levels"), "student")
    if unknown := sorted(config["student"].keys() - set(known)):
        raise UserError(f"student: unknown key {unknown[0]!r}; it has {', '.join(known)}")
    return create_student(StudentConfig(**config["student"]), config["teacher_dims"])


def is_on_encoder(config: Mapping[str, Any]) -> bool:
    """Whether an encoder stands in the place of the student: it says how images are resized."""
    return "resize" in config.get("student", {})


def build_backbone(config: Mapping[str, Any]) -> Backbone:
    """Build the student of a configuration, or the encoder that stands in its place.

    An encoder has the fields of EncoderConfig, `resize` among them, and the `image_size` that its
    heads were trained at. Raises UserError for an unknown or missing key.
    """
    if not is_on_encoder(config):
        return build_student(config)
    values = dict(config["student"])
    require(values, ("model", "image_size", "levels"), "encoder")
    del values["image_size"]
    known = [field.name for field in fields(EncoderConfig)]
    if unknown := sorted(values.keys() - set(known)):
        raise UserError(f"encoder: unknown key {unknown[0]!r}; it has {', '.join(known)}")
    encoder = EncoderConfig(**values)
    return EncoderUnderHeads(encoder, create_encoder(encoder.model, encoder.model_args))


def build_fusion(name: str, student: Backbone, tasks: Iterable[str]) -> nn.Module:
    """Build a fusion by name for a student; raises UserError for one that it cannot have."""
    if isinstance(student, EncoderUnderHeads) and name != "stem":
        raise UserError(f"fusion {name!r}: an encoder has no more than a stem; use 'stem'")
    if isinstance(student, AdaptedStudent) and name != "stem":
        raise UserError(f"fusion {name!r}: maps of an adapter need no fusion; use 'stem'")
    if name == "mixture":
        return MixtureFusion(student.map_dims, student.levels, student.path_teachers, tuple(tasks))
    fusions = {
        "sum": SumFusion,
        "stem": StemFusion,
        "stem_cls": StemWithClassToken,
        "stem_plus_cls": StemPlusClassToken,
    }
    if name not in fusions:
        raise UserError(f"fusion {name!r} is not one of mixture, {', '.join(fusions)}")
    if name.endswith("_cls") and not getattr(student.vit, "has_class_token", False):
        model = student.config.model
        raise UserError(f"fusion {name!r} needs a class token; {model} has none, use 'stem'")
    return fusions[name]()


def build_head(name: str, dims: Sequence[int], out: int) -> nn.Module:
    """Build a head by name for maps of widths `dims`; raises UserError for one that cannot be."""
    if name == "conv":
        return Head(max(dims), len(dims), out, dims)
    heads = {"linear": LinearHead, "dpt": DPTHead}
    if name not in heads:
        raise UserError(f"head {name!r} is not one of conv, {', '.join(heads)}, mlore")
    return heads[name](dims[0], len(dims), out)


def build_decoding(
    config: Mapping[str, Any], dims: Sequence[int]
) -> tuple[nn.Module, dict[str, nn.Module]]:
    """Build what stands between fused maps of widths `dims` and predictions: decoder and heads.

    The head "mlore" is a decoder whose weights tasks share, sized by the key `mlore`, and a small
    head per task. Raises UserError for an unknown head or a size that cannot be.
    """
    name, tasks = config.get("head", "conv"), config["tasks"]
    if name != "mlore":
        return NothingShared(), {t: build_head(name, dims, out) for t, out in tasks.items()}
    sizes = read_mlore(config.get("mlore"))
    heads = {task: OneMapHead(sizes.width, out) for task, out in tasks.items()}
    return MloreDecoder(sizes, dims, tasks), heads


def build_model(config: Mapping[str, Any]) -> "MultiTaskModel | VtaModel":
    """Build a randomly initialised model from a configuration of format polytask.model/1.

    Keys: `student` (see `build_backbone`), `teacher_dims`, `fusion`, `head` (absent: conv), `mlore`
    (of that head alone) and `tasks`, which maps each task to its number of outputs. Raises
    UserError naming a wrong or missing key. A configuration with a key `vta` makes a VtaModel (see
    `build_vta`).
    """
    if "vta" in config:
        from polytask.models.vta.model import build_vta  # late: it needs this module's Outputs

        return build_vta(config)
    require(config, ("fusion", "tasks"), "model configuration")
    student = build_backbone(config)
    fusion = build_fusion(config["fusion"], student, config["tasks"])
    head = config.get("head", "conv")
    if isinstance(student, AdaptedStudent) and head != "conv":
        raise UserError(f"head {head!r}: an adapter's maps are of four sizes; use head 'conv'")
    if isinstance(student, StagedStudent) and head not in ("conv", "mlore"):
        raise UserError(f"head {head!r}: a Swin's maps differ in size; use head 'conv' or 'mlore'")
    decoder, heads = build_decoding(config, [dim * fusion.width for dim in student.map_dims])
    return MultiTaskModel(student, fusion, heads, decoder)
