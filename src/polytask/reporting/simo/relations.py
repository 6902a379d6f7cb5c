"""What a task vector does to the other tasks: results/analysis/relationships/{task}.csv."""

from collections.abc import Mapping

from polytask.errors import UserError
from polytask.reporting.rows import Rows

NORMALISED = "_normalised"


def tasks_of(rows: Rows) -> list[str]:
    """The tasks whose performance was measured."""
    return [name.removesuffix(NORMALISED) for name in rows[0] if name.endswith(NORMALISED)]


def best_changes(found: Mapping[str, Rows]) -> dict[str, dict[str, float]]:
    """Task vector -> task -> the best that any scale above 0 does to it, against scale 0.

    In percent points of the single-task model's performance (SIMO, Section 6.4). Raises UserError
    where scale 0 or a larger one was not measured.
    """
    return {vector: _best_changes(vector, rows) for vector, rows in found.items()}


def _best_changes(vector: str, rows: Rows) -> dict[str, float]:
    before = next((row for row in rows if row["scale"] == 0), None)
    after = [row for row in rows if row["scale"] > 0]
    if before is None or not after:
        raise UserError(
            f"relationships/{vector}.csv: needs scale 0 and a larger one; add them to the scales"
        )
    return {
        task: max(row[task + NORMALISED] for row in after) - before[task + NORMALISED]
        for task in tasks_of(rows)
    }
