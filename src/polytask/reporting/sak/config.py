"""What the page on SAK in full is told by params.yaml."""

from dataclasses import dataclass, field

from polytask.reporting.frame import Heading


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How long a stage of training is: its steps, and the images of one."""

    steps: int
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """The methods of a table, and the one that gains are measured against, if any."""

    rows: list[str]
    baseline: str | None


@dataclass(frozen=True, kw_only=True)
class SakPageConfig:
    """`banner` stands on top; `pages` maps the names of other pages beside this one to addresses.

    `show` is the method that the page is about, `repetitions` how often each row was trained,
    `stages` the trainings behind a row by what they are called, `tables` those of sak.tables.
    """

    banner: str
    dataset: str
    show: str
    repetitions: int
    stages: dict[str, Stage]
    tables: dict[str, TableConfig]
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def heading(self) -> Heading:
        """What every page has on top."""
        return Heading(banner=self.banner, dataset=self.dataset, pages=self.pages)
