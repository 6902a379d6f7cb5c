"""The only file that knows MLflow."""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

KEY_TAG = "polytask.key"
COMMIT_TAG = "mlflow.source.git.commit"
DEFAULT_URI = "sqlite:///mlflow.db"
_MOST_METRICS, _MOST_PARAMS, _LONGEST = 1000, 100, 500


@dataclass(frozen=True)
class Point:
    """One value of one curve; `time` in seconds since 1970."""

    name: str
    value: float
    time: float
    step: int


class RunRefused(Exception):
    """The store will never take this about this run (it was deleted, for one)."""


class Store(Protocol):
    """What the importer needs of a tracking store; each call may be repeated without harm."""

    identity: str

    def open_run(
        self, key: str, name: str, time: float, params: Mapping[str, Any], tags: Mapping[str, str]
    ) -> str: ...
    def log_data(self, run_id: str, data: Sequence[Mapping[str, str]]) -> None: ...
    def log(self, run_id: str, points: Sequence[Point]) -> None: ...
    def tag(self, run_id: str, tags: Mapping[str, str]) -> None: ...
    def set_status(self, run_id: str, status: str, time: float | None) -> None: ...


class MlflowStore:
    """The store at MLFLOW_TRACKING_URI, by default a SQLite file in the working directory."""

    def __init__(self, uri: str | None = None) -> None:
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        import mlflow

        for noisy in ("mlflow", "alembic", "urllib3"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        _make_database(uri or tracking_uri())
        self._client = mlflow.MlflowClient(uri or tracking_uri())
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "polytask")
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            experiment = self._client.get_experiment(self._client.create_experiment(name))
        self._experiment = experiment.experiment_id
        self.identity = f"{self._experiment} of {experiment.creation_time}"

    def open_run(
        self, key: str, name: str, time: float, params: Mapping[str, Any], tags: Mapping[str, str]
    ) -> str:
        """The id of the run with this tracking key, made if there is none yet."""
        from mlflow.entities import Param

        known = self._client.search_runs([self._experiment], f"tags.`{KEY_TAG}` = '{key}'")
        if known:
            run_id = known[0].info.run_id
        else:
            run = self._client.create_run(
                self._experiment, _milliseconds(time), {KEY_TAG: key, **tags}, name
            )
            run_id = run.info.run_id
        texts = {_name(each): str(value)[:_LONGEST] for each, value in params.items()}
        rows = [Param(each, text) for each, text in texts.items()]
        for start in range(0, len(rows), _MOST_PARAMS):
            self._client.log_batch(run_id, params=rows[start : start + _MOST_PARAMS])
        return run_id

    def log_data(self, run_id: str, data: Sequence[Mapping[str, str]]) -> None:
        """State the data sets a run reads: `name`, `digest` (at most 36 characters), `source`."""
        from mlflow.entities import Dataset, DatasetInput

        with _refusals():
            for each in data:
                source = json.dumps({"uri": each["source"]})
                entry = Dataset(each["name"], each["digest"], "local", source)
                self._client.log_inputs(run_id, [DatasetInput(entry, [])])

    def log(self, run_id: str, points: Sequence[Point]) -> None:
        """Add points; those that are there already are not added again."""
        from mlflow.entities import Metric

        rows = [Metric(_name(p.name), p.value, _milliseconds(p.time), p.step) for p in points]
        with _refusals():
            for start in range(0, len(rows), _MOST_METRICS):
                self._client.log_batch(run_id, metrics=rows[start : start + _MOST_METRICS])

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        with _refusals():
            for name, value in tags.items():
                self._client.set_tag(run_id, _name(name), value)

    def set_status(self, run_id: str, status: str, time: float | None) -> None:
        with _refusals():
            if time is None:
                self._client.update_run(run_id, status)
            else:
                self._client.set_terminated(run_id, status, _milliseconds(time))


def tracking_uri() -> str:
    """Where runs go."""
    return os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


def _make_database(uri: str) -> None:
    """Make a new SQLite store whole or not at all: one left half made is of no use ever after."""
    import mlflow

    scheme, _, name = uri.partition(":///")
    place = Path(name)
    if scheme != "sqlite" or not name or "?" in name or place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}.*.partial*"):  # by a killed importer
        left.unlink()
    partial = place.with_name(f".{place.name}.{os.getpid()}.partial")
    mlflow.MlflowClient(f"sqlite:///{partial}").search_experiments(max_results=1)
    partial.replace(place)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell a store that says no from one that does not answer."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"):
            raise RunRefused(str(error)) from error
        raise


def _milliseconds(time: float) -> int:
    return int(time * 1000)


def _name(name: str) -> str:
    """MLflow takes letters, digits and `_-. /:` in names."""
    return re.sub(r"[^\w\-. /:]", "_", name)[:250]
