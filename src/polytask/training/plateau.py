"""When training has stopped to help: a function of what was logged, so that it resumes exactly."""

from collections.abc import Mapping, Sequence

Row = tuple[int, Mapping[str, float]]


def plateaued(rows: Sequence[Row], patience: int) -> bool:
    """Whether the last `patience` means of the loss are all no better than one before them.

    `rows` are (step, means) in order; patience 0 never is.
    """
    if not patience or len(rows) <= patience:
        return False
    losses = [values["loss"] for _, values in rows]
    return min(losses[-patience:]) >= min(losses[:-patience])
