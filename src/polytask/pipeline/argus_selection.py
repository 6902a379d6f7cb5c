"""What a schema cannot say of the section `argus`: names that point at entries, and choices."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.pipeline.entries import require_entry
from polytask.training.balancing.config import check_balancing

TASK_FILES = Path(__file__).parents[1] / "argus" / "tasks"


def check_argus(config: Mapping[str, Any]) -> None:
    """Raise UserError for the first name without an entry, and for choices that exclude another."""
    argus, methods = config["argus"], config["downstream"]["methods"]
    files = sorted(path.stem for path in TASK_FILES.glob("[!_]*.py"))
    for task, entry in argus["tasks"].items():
        require_entry("argus.tasks", task, files)
        require_entry(f"argus.tasks.{task}.dataset", entry["dataset"], config["datasets"])
        _check_decoder(task, entry, argus)
    if argus["adaptation"]["features"] == "stored" and not argus["num_views"]:
        raise UserError(
            "argus.num_views: 0 draws new views for ever, which cannot be stored; "
            "give a number, or set argus.adaptation.features: online"
        )
    _check_sources(argus)
    for row in argus["rows"]:
        require_entry("argus.rows", row, argus["models"])
    for key in ("show", "baseline"):
        require_entry(f"argus.{key}", argus[key], argus["rows"])
    for name, model in argus["models"].items():
        where = f"argus.models.{name}"
        if name in methods or name in config["merging"]["methods"]:
            raise UserError(f"{where}: is a method of `downstream` or `merging` too; rename it")
        for key, entries in (("backbone", "backbones"), ("adapter", "adapters")):
            if key in model:
                require_entry(f"{where}.{key}", model[key], config[entries])
        _check_model(where, model, config)
        _check_readers(where, model, argus)


def _check_decoder(task: str, entry: Mapping[str, Any], argus: Mapping[str, Any]) -> None:
    """A task has a decoder, or reads what that of another task says of the same images."""
    where, other = f"argus.tasks.{task}", entry.get("decoder_of")
    if not other:
        if "decoder" not in entry:
            raise UserError(f"{where}: no decoder; name one of src/polytask/argus/tasks/{task}.py")
        return
    require_entry(f"{where}.decoder_of", other, argus["tasks"])
    if argus["tasks"][other].get("decoder_of"):
        raise UserError(f"{where}.decoder_of: {other} has no decoder of its own; name who has")
    for key in ("decoder", "options", "fit"):
        if key in entry:
            raise UserError(f"{where}.{key}: its decoder is that of {other}; drop one of the two")
    if _looks_at(entry) != _looks_at(argus["tasks"][other]):
        raise UserError(f"{where}.decoder_of: {other} has other images; give it a decoder")
    for model, about in argus["models"].items():
        if task in ((about.get("pretraining") or {}).get("without") or ()):
            raise UserError(
                f"argus.models.{model}.pretraining.without: {task} has the decoder of {other}; "
                f"name {other}"
            )


def _looks_at(entry: Mapping[str, Any]) -> tuple[str, Any]:
    """The images of a task."""
    return entry["dataset"], entry.get("crop")


def _check_sources(argus: Mapping[str, Any]) -> None:
    """The tasks of a source look at the same images, and each task has one source."""
    seen: dict[str, str] = {}
    for name, source in argus["pretraining"]["sources"].items():
        where = f"argus.pretraining.sources.{name}"
        for task in source["tasks"]:
            require_entry(where, task, argus["tasks"])
            if other := argus["tasks"][task].get("decoder_of"):
                raise UserError(f"{where}: {task} is learnt with {other}; drop it here")
            require_entry(
                "argus.pretraining.task_weights", task, argus["pretraining"]["task_weights"]
            )
            if task in seen:
                raise UserError(f"{where}: {task} stands in {seen[task]} too; name it once")
            seen[task] = name
        looks = [_looks_at(argus["tasks"][task]) for task in source["tasks"]]
        if any(look != looks[0] for look in looks):
            raise UserError(f"{where}: its tasks have several data sets; make a source of each")


def _check_model(where: str, model: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    argus = config["argus"]
    for task in (*model.get("tasks", []), *model.get("decoders", {})):
        require_entry(where, task, argus["tasks"])
    if other := model.get("pretrained_as"):
        require_entry(f"{where}.pretrained_as", other, argus["models"])
        if "pretrained_as" in argus["models"][other]:
            raise UserError(f"{where}.pretrained_as: {other} has no stage 1 of its own")
        for key in ("backbone", "adapter"):
            if key in model:
                raise UserError(f"{where}.{key}: it is that of {other}; drop the key")
        model = {**model, **{k: argus["models"][other].get(k) for k in ("adapter", "pretraining")}}
    if model.get("train_adapter") and not model.get("adapter"):
        raise UserError(f"{where}.train_adapter: it has no adapter; name one of `adapters`")
    if model.get("pretraining") is None:
        return
    if not model.get("adapter"):
        raise UserError(f"{where}.pretraining: it has no adapter to train; set it to null")
    if not other:
        _check_balanced(where, model["pretraining"], config)


def _check_readers(where: str, model: Mapping[str, Any], argus: Mapping[str, Any]) -> None:
    """A task that reads another's decoder finds what it needs in a model with own decoders."""
    own = model.get("decoders", {})
    stage_1 = argus["models"][model["pretrained_as"]] if "pretrained_as" in model else {}
    for task in model.get("tasks", argus["tasks"]):
        other = argus["tasks"][task].get("decoder_of")
        if not other or task in own:
            continue
        if other in own and own[other]["decoder"] != argus["tasks"][other]["decoder"]:
            raise UserError(
                f"{where}.decoders.{other}: {task} reads {argus['tasks'][other]['decoder']}; "
                f"give {task} a decoder in {where}.decoders, or leave it out of its tasks"
            )
        if task in stage_1.get("decoders", {}) and other not in own:
            raise UserError(
                f"{where}.decoders: {model['pretrained_as']} has a decoder of its own for {task}; "
                f"name it here too"
            )


def _check_balanced(where: str, own: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    common = config["argus"]["pretraining"]
    balancing = own.get("balancing", common["balancing"])
    images = sum(source["batch_size"] for source in common["sources"].values())
    fit = {**common["fit"], **own.get("fit", {}), "batch_size": images}
    check_balancing(f"{where}.pretraining.balancing", balancing, frozen=False, fit=fit,
                    runtime=config["runtime"])  # fmt: skip
    if balancing["method"] != "fixed" and own.get("sampling", common["sampling"]) == "one":
        raise UserError(
            f"{where}.pretraining: {balancing['method']} compares all tasks in every step; "
            "set sampling: all or balancing: {method: fixed}"
        )
