"""Rule `fetch`: bring a data set to where params.yaml says that it lies."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.data.fetching.fetch import fetch as fetch_data
from polytask.data.fetching.sources import Source
from polytask.pipeline.rule import run_rule

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class FetchConfig:
    """Which data set, and where it is to lie."""

    root: Path
    source: Source


def fetch(root: Path, *, config: FetchConfig) -> None:
    fetch_data(config.source, config.root, root)


if __name__ == "__main__":
    run_rule(fetch, snakemake)
