"""The one place where this package meets Snakemake: a rule is a function call."""

import gc
import logging
import os
import sys
import time
import typing
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import NoneType
from typing import Any

from polytask.disk import is_full
from polytask.errors import UserError
from polytask.pipeline import processes, provenance
from polytask.pipeline.arguments import build
from polytask.pipeline.atomic import thrown_away, written_together
from polytask.pipeline.claim import claimed
from polytask.pipeline.code import check_loaded
from polytask.pipeline.doubt import doubt
from polytask.pipeline.resume import resumable
from polytask.pipeline.status.life import sign_of_life
from polytask.pipeline.tracking.journal import FOLDER as TRACKING
from polytask.pipeline.tracking.journal import JobJournal, job_journal

logger = logging.getLogger(__name__)

Paths = Path | list[Path] | None
TIMESTAMP = ".snakemake_timestamp"
"""The file in a folder whose time Snakemake takes for the folder's."""
DATA_SETS = ("corpus", "images", "labelled")
"""What rules call the inputs that are data sets."""


def run_rule(function: Callable[..., None], snakemake: Any) -> None:
    """Call `function` with the rule's named inputs, outputs and params as its keywords.

    Outputs appear together, each with its provenance record, or not at all. A UserError ends the
    process with one line, anything else with a traceback; both stand in the rule's log as well. A
    folder that appeared where one is to be made is left alone, and the job is content with it.
    Meanwhile `polytask status` sees how far it is. Where the rule asks for several processes the
    program starts again in each of them.
    """
    gc.freeze()  # torch's many objects stay: the collector need not go through them, or at the end
    log, wildcards = _first(snakemake.log), dict(snakemake.wildcards.items())
    title = " ".join([snakemake.rule, *wildcards.values()])
    _log_to(log)
    with _explained(title, log), claimed(snakemake.rule, wildcards) as waited:
        if waited and _is_made(function, snakemake):
            logger.info("%s: another process has made it meanwhile", title)
        elif folder := next(filter(os.path.isdir, snakemake.output), None):
            logger.info("%s: %s was put there meanwhile, and stays as it is", title, folder)
        elif not processes.inside() and (count := processes.asked_for(snakemake)) > 1:
            processes.run_in(count)
        else:
            processes.end_with_the_launcher()
            _use_threads(max(1, snakemake.threads // processes.world_size()))
            begin = time.monotonic()
            with sign_of_life(snakemake.rule, wildcards, log, shown=processes.rank() == 0):
                _run(function, snakemake)
            logger.info("%s: done in %.0f s", title, time.monotonic() - begin)


@contextmanager
def _explained(title: str, log: Path | None) -> Iterator[None]:
    """What goes wrong in the block ends the process and is told once, by the first to fail."""
    try:
        yield
    except UserError as error:
        if processes.first_to_fail():
            logger.error("%s failed: %s (log: %s)", title, error, log)
        sys.exit(1)
    except Exception as error:
        if processes.first_to_fail():
            if is_full(error):
                what = "%s: the disk is full (%s); nothing finished is lost, make room, run again"
                logger.error(what, title, error)
            else:
                logger.exception("%s failed; what led to it stands in %s", title, log)
        sys.exit(1)


def _is_made(function: Callable[..., None], snakemake: Any) -> bool:
    """Whether the outputs are there, with records that say that this very work was done."""
    inputs, outputs = _files(snakemake.input, function), _files(snakemake.output, function)
    code = _flat(inputs.pop("code", None))
    final = [path for files in outputs.values() for path in _flat(files)]
    return provenance.is_made(_describe(snakemake, inputs, code), final)


def _files(named: Any, function: Callable[..., None]) -> dict[str, Paths]:
    """The rule's files by name, as `function` wants them."""
    hints = typing.get_type_hints(function)
    return {name: _as_paths(files, hints.get(name)) for name, files in named.items()}


def _run(function: Callable[..., None], snakemake: Any) -> None:
    hints = typing.get_type_hints(function)
    inputs = _files(snakemake.input, function)
    code = _flat(inputs.pop("code", None))  # only there to rerun the rule when its sources change
    check_loaded(code)
    outputs = _files(snakemake.output, function)
    params = {
        name: build(hints.get(name, Any), value, name) for name, value in snakemake.params.items()
    }
    job = _describe(snakemake, inputs, code)
    final = [path for files in outputs.values() for path in _flat(files)]

    def call(places: Mapping[Path, Path]) -> None:
        function(**inputs, **_placed(outputs, places), **params)

    with resumable(job, final), _unfinished(job, final):
        if processes.rank() == 0:
            _carry_out(call, job, final, _data_sets(inputs))
        else:
            with thrown_away(final) as places:
                call(places)


def _carry_out(
    call: Callable[[Mapping[Path, Path]], None],
    job: provenance.Job,
    final: list[Path],
    data: list[dict[str, str]],
) -> None:
    """Let `call` write the outputs, tracked, put them in place and record them."""
    with job_journal(TRACKING, job.tracking, _tags(job), data) as journal:
        with written_together(final) as places:
            call(places)
            for folder in filter(Path.is_dir, places.values()):
                (folder / TIMESTAMP).touch()  # else Snakemake adds it to what is on record
        _record(job, final, journal)


def _tags(job: provenance.Job) -> dict[str, str]:
    """What MLflow is told of a job."""
    names = {"commit": "mlflow.source.git.commit", "dirty": "mlflow.source.git.dirty"}
    git = {names[key]: str(job.git[key]).lower() for key in names if job.git[key] is not None}
    return {"polytask.rule": job.rule} | git


def _data_sets(inputs: Mapping[str, Paths]) -> list[dict[str, str]]:
    """The inputs that are data sets, with the digests by which dvc.lock knows them."""
    return [
        {"name": path.stem, "digest": provenance.HASHES.md5(path), "source": str(path)}
        for name in DATA_SETS
        for path in _flat(inputs.get(name))
    ]


@contextmanager
def _unfinished(job: provenance.Job, outputs: list[Path]) -> Iterator[None]:
    """While the block runs the outputs are marked as interrupted, if it fails as failed."""
    if processes.rank() == 0:
        provenance.write_unfinished(job, outputs, "interrupted", None)
    try:
        yield
    except Exception as error:
        if processes.first_to_fail():
            with suppress(OSError):  # a full disk must not hide what happened
                what = f"{type(error).__name__}: {error}"
                provenance.write_unfinished(job, outputs, "failed", what)
        raise


def _describe(snakemake: Any, inputs: Mapping[str, Paths], code: list[Path]) -> provenance.Job:
    wildcards = dict(snakemake.wildcards.items())
    words = [snakemake.rule, *wildcards.values(), uuid.uuid4().hex[:8]]
    return provenance.Job(
        rule=snakemake.rule,
        wildcards=wildcards,
        params=dict(snakemake.params.items()),
        inputs={
            name: [provenance.input_fingerprint(path) for path in _flat(files)]
            for name, files in inputs.items()
        },
        code=[provenance.code_fingerprint(path) for path in code],
        threads=max(1, snakemake.threads),
        processes=processes.world_size(),
        tracking="-".join(words).replace(os.sep, "_"),
    )


def _record(job: provenance.Job, outputs: list[Path], journal: JobJournal) -> None:
    """Write every output's record, and tell the tracked runs what they made."""
    read = [each for files in job.inputs.values() for each in files]
    changed = provenance.changed_since(read)
    changed += provenance.changed_since(job.code, provenance.REPOSITORY)
    if changed:
        logger.warning("changed while the rule ran, so it will run again: %s", ", ".join(changed))
        doubt(outputs)
    records = [provenance.write_record(job, output, changed) for output in outputs]
    tags = {f"sha256/{each['output']['path']}": each["output"]["sha256"] for each in records}
    tags |= {f"lineage/{each['output']['path']}": each["lineage"] for each in records}
    for run in journal.runs:
        run.write("outputs", tags=tags)


def _as_paths(value: str | list[str], hint: Any) -> Paths:
    """A path for one file, a list for several; no file is None where the function says so."""
    if isinstance(value, str):
        return [Path(value)] if typing.get_origin(hint) is list else Path(value)
    if not value and NoneType in typing.get_args(hint):
        return None
    return [Path(item) for item in value]


def _flat(files: Paths) -> list[Path]:
    return files if isinstance(files, list) else [files] if files else []


def _placed(outputs: Mapping[str, Paths], places: Mapping[Path, Path]) -> dict[str, Paths]:
    """The same outputs at their temporary places."""
    return {
        name: [places[each] for each in files] if isinstance(files, list) else places[files]
        for name, files in outputs.items()
        if files is not None
    }


def _first(files: Sequence[str]) -> Path | None:
    return Path(files[0]) if files else None


def _log_to(file: Path | None) -> None:
    """To the terminal and `file`; of several processes the first tells all, the others errors."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not processes.inside():
            file.write_text("")
        handlers.append(logging.FileHandler(file))
    logging.basicConfig(
        level=logging.INFO if processes.rank() == 0 else logging.ERROR,
        format="%(asctime)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.captureWarnings(True)


def _use_threads(threads: int) -> None:
    """Here if torch is loaded, and in every process that the rule starts."""
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
