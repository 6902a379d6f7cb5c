"""One variable of a MATLAB file."""

from io import BytesIO

import numpy as np

from polytask.data.layout import Source
from polytask.data.pascal.mat_check import check_mat
from polytask.errors import UserError


def read_variable(source: Source, name: str) -> np.ndarray:
    """The variable `name`; raises UserError naming the file where it is unreadable or lacks it."""
    from scipy.io import loadmat  # late: other data sets need it not

    try:
        check_mat(source.data)
        values = loadmat(BytesIO(source.data), variable_names=[name])
    except Exception:  # damaged files make scipy raise almost anything
        raise UserError(f"{source.path}: truncated or unreadable MATLAB file; replace it") from None
    if name not in values:
        raise UserError(f"{source.path}: holds no {name}; it is of another data set")
    return values[name]
