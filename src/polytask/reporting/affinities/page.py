"""The page on affinities: one self-contained HTML file."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from polytask.records.files import Record
from polytask.reporting.affinities.agreement import CHANCE, ENOUGH_PAIRS, agreements
from polytask.reporting.affinities.figures import heat_maps
from polytask.reporting.affinities.views import View
from polytask.reporting.frame import Heading, about_page
from polytask.reporting.rendering import filled
from polytask.tasks import TASKS


def render(views: Sequence[View], records: Mapping[str, Record], heading: Heading) -> str:
    """The page as text; the views in the order in which they are shown."""
    found = list(agreements(views))
    judged = [each for each in found if each.chance is not None]
    return filled(
        "affinities.html.jinja",
        **about_page(records, heading, "report_affinities"),
        views=views,
        titles={name: task.title for name, task in TASKS.items()},
        figure=Markup(heat_maps(views)),
        agreements=found,
        judged=judged,
        enough=ENOUGH_PAIRS,
        chance=CHANCE,
    )
