"""What the page on VTA is told by params.yaml."""

from dataclasses import dataclass, field

from polytask.reporting.frame import Heading


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One of the four settings: the models that are judged in a domain, "source" or "target".

    Gains in its table are measured against the row of `baseline`, if any.
    """

    domain: str
    rows: list[str]
    baseline: str | None

    def row_name(self, model: str) -> str:
        """What the row of a model is called in the table, and under results/evaluate/."""
        return row_name(model, self.domain)


@dataclass(frozen=True, kw_only=True)
class VtaPageConfig:
    """`banner` stands on top; `pages` maps the names of other pages beside this one to addresses.

    `show` is the joint model that the page is about: its affinities are drawn. `domains` maps
    "source" and "target" to the names of their data sets, `tables` the settings to their rows;
    `supervised` has the tasks whose labels a model was trained on, of models that have decoders for
    more; `sheets` has the models whose predictions are drawn, by the domain of the images.
    """

    banner: str
    show: str
    domains: dict[str, str]
    tables: dict[str, Setting]
    supervised: dict[str, list[str]]
    sheets: dict[str, list[str]]
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def heading(self) -> Heading:
        """What every page has on top."""
        names = " and ".join(dict.fromkeys(self.domains.values()))
        return Heading(banner=self.banner, dataset=names, pages=self.pages)


def row_name(model: str, domain: str) -> str:
    """A model judged in a domain."""
    return f"{model}_on_{domain}"
