"""A tree as one self-contained HTML page."""

import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from polytask.lineage.outline import folded, outline, usual
from polytask.lineage.tree import Tree


def as_html(tree: Tree) -> str:
    """The page: it loads nothing, runs no script, and every job can be opened and closed."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["anchor"] = anchor
    text = files("polytask.lineage").joinpath("templates/lineage.html.jinja").read_text()
    common = usual(tree)
    return environment.from_string(text).render(
        number=tree.number,
        warnings=tree.warnings,
        common=folded(common),
        step=outline(tree, common),
    )


def anchor(key: str) -> str:
    """A job's key as the name of a place on a page."""
    return "job-" + re.sub(r"[^\w.-]", "_", key)
