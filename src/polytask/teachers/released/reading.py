"""Which released encoder a file holds."""

from collections.abc import Mapping

from torch import Tensor

from polytask.errors import UserError
from polytask.teachers.released.encoder import ReleasedEncoder, Tensors
from polytask.teachers.released.radio import from_radio, is_radio
from polytask.teachers.released.theia import from_theia, is_theia


def read_released(named: Mapping[str, Tensor], source: str) -> ReleasedEncoder:
    """The encoder whose tensors have these names, in float32; `source` names them in errors.

    Raises UserError, one line, for what is neither RADIO nor Theia or not whole.
    """
    numbers = {name: value.float() for name, value in named.items()}
    tensors = Tensors(source, numbers)
    if is_radio(tensors):
        return from_radio(tensors)
    if is_theia(tensors):
        return from_theia(tensors)
    raise UserError(
        f"{source}: neither RADIO nor Theia: its first tensor is {next(iter(named), 'none')}; "
        "give a released model.safetensors (docs/official-weights.md)"
    )
