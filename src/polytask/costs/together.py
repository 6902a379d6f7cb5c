"""Models that run one after the other on the same image, and teachers in a student's place.

Shapes: B images, H W pixels, D width of the heads' maps, h w patches.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.fusion import MixtureFusion, StemFusion
from polytask.models.heads import resize
from polytask.models.multitask import MultiTaskModel
from polytask.models.sak import Representations, Student
from polytask.teachers.encoder import FrozenTeacher


class Together(nn.ModuleDict):
    """All of some models, each of which looks at the image; all of them stay in memory."""

    def forward(self, images_B3HW: Tensor) -> dict[str, Any]:
        """Return what each of them says, by name."""
        return {name: model(images_B3HW) for name, model in self.items()}


class TeachersAsStudent(nn.Module):
    """A committee that runs in the place of the student that was distilled from it.

    Maps are resampled to the student's grid of patches and, where a teacher has another width, led
    through a linear layer per level to `dim`. The first teacher stands for the stem, the others
    for its paths. What it says was never trained: it is there to be measured.
    """

    def __init__(
        self, teachers: Mapping[str, FrozenTeacher], dim: int, patch: tuple[int, int]
    ) -> None:
        super().__init__()
        self.teachers, self.dim, self.patch = nn.ModuleDict(teachers), dim, patch
        self.padded_to = patch
        _, *self.path_teachers = teachers
        self.widths = nn.ModuleDict(
            {
                name: nn.ModuleList(
                    nn.Identity() if teacher.dim == dim else nn.Conv2d(teacher.dim, dim, 1)
                    for _ in teacher.levels
                )
                for name, teacher in teachers.items()
            }
        )

    def forward(self, images_B3HW: Tensor) -> Representations:
        """Return the teachers' maps (B,D,h,w) as those of a stem and its paths."""
        grid = tuple(
            -(-side // patch)
            for side, patch in zip(images_B3HW.shape[-2:], self.patch, strict=True)
        )
        stem, *paths = (self._maps(name, images_B3HW, grid) for name in self.teachers)
        experts = dict(zip(self.path_teachers, paths, strict=True))
        return Representations(stem=stem, experts=experts, aligned={})

    def _maps(self, name: str, images_B3HW: Tensor, grid: tuple[int, int]) -> list[Tensor]:
        levels = zip(self.widths[name], self.teachers[name](images_B3HW), strict=True)
        return [resize(fit(level), grid) for fit, level in levels]


def teachers_under_heads(
    teachers: Mapping[str, FrozenTeacher], model: MultiTaskModel
) -> MultiTaskModel:
    """The committee under the heads of `model`, a router per level and task as SAK has them.

    What running the teachers for all tasks takes, where a student does the same (SAK, section 1).
    One teacher alone has nothing to choose from and no router. Raises UserError where the heads do
    not take one map per level of a student.
    """
    student = model.student
    if not isinstance(student, Student) or model.fusion.width != 1:
        raise UserError("costs: heads over a student's own maps are needed to put teachers there")
    levels = range(student.num_maps)
    _check_levels(teachers, student.num_maps)
    committee = TeachersAsStudent(teachers, student.dim, student.patch)
    fusion: nn.Module = StemFusion()
    if committee.path_teachers:
        tasks = tuple(model.heads)
        fusion = MixtureFusion(student.map_dims, levels, committee.path_teachers, tasks)
    heads = dict(model.heads.items())
    return MultiTaskModel(committee, fusion.eval(), heads, model.decoder).eval()


def _check_levels(teachers: Mapping[str, FrozenTeacher], number: int) -> None:
    for name, teacher in teachers.items():
        if len(teacher.levels) != number:
            raise UserError(
                f"teachers.{name}.levels: {len(teacher.levels)} of them; the student's heads take "
                f"{number}"
            )


def all_of(models: Sequence[nn.Module], names: Sequence[str]) -> nn.Module:
    """One model as it is, several as `Together`."""
    if len(models) == 1:
        return models[0]
    return Together(dict(zip(names, models, strict=True))).eval()
