"""Teacher features on disk: fp16 safetensors shards, memory-mapped, and an index over them.

A sample is one view of one image: (index, view). A folder holds the index and its shards.
Shapes: B images, D width of the teacher, h w patches.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.teachers.shards import Shape, map_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "polytask.features/1"
INDEX = "index.json"


@dataclass
class LevelStatistics:
    """Running statistics of one level over all tokens: their norms, and mean and std per channel.

    Sums are kept in float64 from features (B,D,h,w) given batch by batch (SAK, Fig. 6: norms).
    """

    count: int = 0
    norms: list[float] = field(default_factory=lambda: [0.0, 0.0])
    sums: np.ndarray | None = None

    def add(self, features_BDhw: np.ndarray) -> None:
        tokens = features_BDhw.astype(np.float64)
        squares = (tokens**2).sum(axis=1)
        self.count += squares.size
        self.norms[0] += float(np.sqrt(squares).sum())
        self.norms[1] += float(squares.sum())
        moments = np.stack([tokens.sum(axis=(0, 2, 3)), (tokens**2).sum(axis=(0, 2, 3))])
        self.sums = moments if self.sums is None else self.sums + moments

    def merge(self, other: "LevelStatistics") -> None:
        """Count what `other` has counted as well."""
        self.count += other.count
        self.norms = [mine + theirs for mine, theirs in zip(self.norms, other.norms, strict=True)]
        self.sums = other.sums if self.sums is None else self.sums + other.sums

    def sums_of(self) -> dict[str, Any]:
        """The sums as JSON can hold them; `of` brings them back exactly."""
        return {"count": self.count, "norms": self.norms, "sums": self.sums.tolist()}

    @classmethod
    def of(cls, sums: "Mapping[str, Any]") -> "LevelStatistics":
        return cls(sums["count"], list(sums["norms"]), np.array(sums["sums"], np.float64))

    def result(self) -> dict[str, Any]:
        """`norm_mean`, `norm_std` of the tokens and `mean`, `std` (D values each) per channel."""
        mean, mean_square = self.sums / self.count
        norm_mean, norm_square = (total / self.count for total in self.norms)
        return {
            "norm_mean": norm_mean,
            "norm_std": max(norm_square - norm_mean**2, 0.0) ** 0.5,
            "mean": mean.tolist(),
            "std": np.sqrt(np.maximum(mean_square - mean**2, 0.0)).tolist(),
        }


class FeatureStore:
    """Cached features of one teacher, opened by their index; reading copies nothing.

    Raises UserError for an index that is missing or of another format, and for a shard that is
    missing or not as long as the index says.
    """

    def __init__(self, index_path: str | Path) -> None:
        path = Path(index_path)
        self.path = path / INDEX if path.is_dir() else path
        self.index = _read_index(self.path)
        self.shapes: list[Shape] = [tuple(shape) for shape in self.index["shapes"]]
        self.statistics: list[dict[str, Any]] = self.index["statistics"]
        self.views: Mapping[str, Any] = self.index["views"]
        self._rows: dict[tuple[int, int], tuple[int, int]] = {}
        for number, shard in enumerate(self.index["shards"]):
            _check_size(self.path.with_name(shard["name"]), shard["size"])
            for row, (index, view) in enumerate(shard["samples"]):
                self._rows[index, view] = number, row
        self._open: dict[int, list[np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sample: object) -> bool:
        return sample in self._rows

    def read(self, index: int, view: int) -> list[np.ndarray]:
        """Per level the features (D,h,w), fp16, of one view of one image, as maps of the file.

        Raises UserError where that view of that image was not cached.
        """
        if (index, view) not in self._rows:
            raise UserError(
                f"{self.path}: view {view} of image {index} is not in the cache; "
                "cache more views or run stage 1 online"
            )
        number, row = self._rows[index, view]
        if number not in self._open:
            shard = self.path.with_name(self.index["shards"][number]["name"])
            self._open[number] = map_levels(shard)
        return [level[row] for level in self._open[number]]

    def verify(self) -> None:
        """Compare every shard with its hash in the index; raises UserError at the first other."""
        for shard in self.index["shards"]:
            if sha256_of(path := self.path.with_name(shard["name"])) != shard["sha256"]:
                raise UserError(f"{path}: contents differ from the hash in {self.path}; cache anew")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": {}}  # maps are opened anew in another process


def _read_index(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UserError(f"{path}: no such feature index; cache the teacher's features first")
    try:
        index = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not readable as JSON: {error}") from error
    if index.get("format") != FORMAT:
        raise UserError(f"{path}: format is {index.get('format')!r}, not {FORMAT!r}; cache anew")
    return index


def _check_size(shard: Path, size: int) -> None:
    if not shard.is_file():
        raise UserError(f"{shard}: this shard of the feature cache is missing; cache anew")
    if (found := shard.stat().st_size) != size:
        raise UserError(f"{shard}: {found} bytes where the index says {size}; cache anew")
