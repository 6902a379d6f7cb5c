"""Fills the templates of the pages."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from polytask.lineage.page import anchor


def filled(template: str, **values: Any) -> str:
    """A file of templates/ with `values` in it, as text; every value is escaped."""
    environment = Environment(
        loader=PackageLoader("polytask.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = lambda value, digits=2: f"{value:.{digits}f}".replace("-", "−")
    environment.filters["signed"] = lambda value, digits=1: f"{value:+.{digits}f}".replace("-", "−")
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    environment.filters["bytes"] = size
    environment.filters["anchor"] = anchor
    return environment.get_template(template).render(**values)


def size(count: int) -> str:
    """A number of bytes in the unit that fits."""
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
