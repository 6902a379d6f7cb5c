"""What the paper prints beside rows of ours: published/sak.yaml, `demo`."""

from collections.abc import Iterator, Mapping, Sequence

from polytask.papers.published import Panel, Printed, document, panels
from polytask.reporting.repeated.shown import Counterpart

PAPER = "sak"


def counterpart_of(table: str) -> Counterpart | None:
    """What stands beside one of our tables; None where the paper prints nothing like it."""
    found = document(PAPER)["demo"].get(table)
    if found is None:
        return None
    panel = _panel(found["experiment"])
    known = dict(_beside(panel, found["rows"]))
    return Counterpart(
        source=panel.source,
        setting=found["setting"],
        tasks=panel.tasks,
        rows=known,
        others=[row for name, row in panel.rows.items() if name not in found["rows"].values()],
    )


def printed_similarity() -> Mapping[str, float]:
    """The Rep Sim of Table 3 by our student's name."""
    return document(PAPER)["similarity"]


def printed_gains(experiment: str) -> Sequence[tuple[str, Sequence[Printed]]]:
    """What is known of a figure: by what was measured, the rows whose mean gain is printed."""
    found = [panel for panel in panels(PAPER) if panel.experiment == experiment]
    rows = [(panel.title, [row for row in panel.rows.values() if row.delta]) for panel in found]
    return [(title, known) for title, known in rows if known]


def _panel(experiment: str) -> Panel:
    return next(panel for panel in panels(PAPER) if panel.experiment == experiment)


def _beside(panel: Panel, rows: Mapping[str, str]) -> Iterator[tuple[str, Printed]]:
    for ours, theirs in rows.items():
        yield ours, panel.rows[theirs]
