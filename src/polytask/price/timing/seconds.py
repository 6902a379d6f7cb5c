"""What a job's seconds go into, on one core."""

from typing import Any

from polytask.price.jobs import Job
from polytask.price.stages import Ledger
from polytask.price.timing.examples import kind_of
from polytask.price.timing.judged import judged
from polytask.price.timing.speeds import Speeds
from polytask.price.work import Work, fit_of

STARTING, TRAINING, LOOKING, VIEWING = "starting", "training", "forward passes", "views"
READING, JUDGING, PROBING, RENDERING = "reading images", "metrics", "ridge probes", "rendering"


def seconds_of(job: Job, work: Work, ledger: Ledger, speeds: Speeds) -> dict[str, float]:
    """The core seconds of a job by term; a job whose work is not known has its start alone."""
    if job.rule == "rooms":
        return {STARTING: speeds.starting, RENDERING: rendering(job.config, speeds)}
    found = judged(job, ledger)
    spent = {
        STARTING: speeds.starting,
        JUDGING: sum(speeds.judging.get(task, 0.0) * n for task, n in found.images.items()),
        READING: speeds.reading * found.read,
        PROBING: speeds.probing * found.probed,
    }
    config = job.config or {}
    if "fit" in config:
        speed = speeds.steps(kind_of(job, ledger.models))
        fit = fit_of(config)
        spent[TRAINING] = (work.flops or 0.0) / speed
        spent[VIEWING] = speeds.viewing * fit.steps * fit.batch_size
    else:
        spent[LOOKING] = (work.flops or 0.0) / speeds.looking
        spent[VIEWING] = speeds.viewing * _cached_views(job, ledger)
    return spent


def rendering(config: Any, speeds: Speeds) -> float:
    """Core seconds of all rooms of a part."""
    images = sum(config.get(split, 0) for split in ("train", "val", "test"))
    return images * speeds.rendering[str(config["size"])]


def _cached_views(job: Job, ledger: Ledger) -> float:
    """How many views a job shows a frozen encoder once, to keep what it says."""
    config: Any = job.config or {}
    if "num_views" not in config or "split" not in config:
        return 0
    source = job.inputs["images" if "images" in job.inputs else "labelled"][0]
    images = ledger.images.of(source, config["split"], photos=config.get("images") == "photos")
    return (images or 0) * config["num_views"]
