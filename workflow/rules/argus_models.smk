# What a model of Argus is made of: its core tasks, decoders and sources, and the files that they stand for.
#
# IN   config, selection.smk, rows.smk
# OUT  names used by argus.smk


def stage_1_of(model):
    """The model whose backbone a model of Argus has."""
    return ARGUS_MODELS[model].get("pretrained_as", model)


def backbone_file(model):
    """What stage 1 left behind for a model of Argus."""
    return f"results/argus/{stage_1_of(model)}/backbone/model.safetensors"


def trained_as(model, task):
    """The task whose decoder a model has for a task: its own, or one that says what it needs too."""
    own = task in ARGUS_MODELS[model].get("decoders", {})
    return task if own else ARGUS["tasks"][task].get("decoder_of") or task


def also_of(model, task):
    """The further tasks that read what a model's decoder of a task says.

    A decoder of the model's own need not say what it is not judged at.
    """
    own = task in ARGUS_MODELS[model].get("decoders", {})
    others = argus_tasks_of(model) if own else ARGUS["tasks"]
    return [other for other in others if other != task == trained_as(model, other)]


def core_of(model):
    """The tasks that a model's stage 1 trains decoders for, in the order of the sources."""
    own = ARGUS_MODELS[stage_1_of(model)]["pretraining"]
    if own is None:
        return []
    tasks = [
        task for source in ARGUS["pretraining"]["sources"].values() for task in source["tasks"]
    ]
    return [task for task in tasks if task not in own.get("without", [])]


def argus_tasks_of(model):
    """The tasks that a model of Argus is judged at."""
    return ARGUS_MODELS[model].get("tasks", list(ARGUS["tasks"]))


def adapted_of(model):
    """The tasks that have a stage 2: not core, or with another decoder, or with the adapter.

    Those that read what the decoder of another says have none.
    """
    own = ARGUS_MODELS[model]
    kept = [] if own.get("train_adapter") else core_of(model)
    trained = dict.fromkeys(trained_as(model, task) for task in argus_tasks_of(model))
    return [
        task
        for task in trained
        if task not in kept or (stage_1_of(model) != model and task in own.get("decoders", {}))
    ]


def decoder_files(model):
    """The decoders of a model's stage 2."""
    return expand(
        "results/argus/{model}/{task}/model.safetensors", model=model, task=adapted_of(model)
    )


def argus_code(script, tasks):
    """The sources of a script and of the tasks' files, which it imports by name."""
    readers = [task for task, entry in ARGUS["tasks"].items() if entry.get("decoder_of") in tasks]
    files = [WORKFLOW.parent / f"src/polytask/argus/tasks/{task}.py" for task in (*tasks, *readers)]
    return sorted({*code(script), *(found for file in files for found in code_closure(file))})


def task_data(task):
    """The data set of a task, and what of its images the task looks at."""
    entry = ARGUS_CONFIG["tasks"][task]
    return {
        "dataset": PARAMS["datasets"][entry["dataset"].value],
        **{key: entry[key] for key in entry if key == "crop"},
    }


def trained_on(task):
    """The same of a task, as a training is told of it."""
    data = task_data(task)
    return {**data, "dataset": without_protocols(data["dataset"])}


def root_of(task):
    """Where the data set of a task lies."""
    return config["datasets"][ARGUS["tasks"][task]["dataset"]]["root"]


def decoder_of(model, task):
    """The decoder that a model has for a task: its own, or that of all models; who reads it too."""
    entry = ARGUS_CONFIG["models"][model].get("decoders", {}).get(task)
    entry = ARGUS_CONFIG["tasks"][task] if entry is None else entry
    chosen = {key: entry[key] for key in entry if key in ("decoder", "options")}
    return {**chosen, "also": also_of(model, task)}


def sources_of(model):
    """The sources of a model's stage 1, without tasks that it leaves out."""
    core = core_of(model)
    left = {
        name: {**source, "tasks": [task for task in source["tasks"] if task in core]}
        for name, source in ARGUS["pretraining"]["sources"].items()
    }
    return {name: source for name, source in left.items() if source["tasks"]}


def stage_1(model):
    """What stage 1 of a model is told beside its sources: the values of all, and its own."""
    own = ARGUS_CONFIG["models"][model]["pretraining"]
    values = {**ARGUS_CONFIG["pretraining"], **({} if own.value is None else own)}
    fit = {**ARGUS_CONFIG["pretraining"]["fit"], **own.get("fit", {})}
    seen = sum(source["batch_size"] for source in sources_of(model).values())
    return {
        **{key: values[key] for key in ("task_weights", "sampling", "balancing", "ema")},
        "fit": {**fit, "batch_size": seen or 1},
    }


def is_stored(model, task):
    """Whether decoders of a task read maps that are stored: several tasks look at the same ones."""
    if ARGUS["adaptation"]["features"] == "online" or ARGUS_MODELS[model].get("train_adapter"):
        return False
    dataset = ARGUS["tasks"][task]["dataset"]
    alike = [
        other
        for other in adapted_of(model)
        if ARGUS["tasks"][other]["dataset"] == dataset and "crop" not in ARGUS["tasks"][other]
    ]
    return task in alike and len(alike) > 1


def stored(model, task, *files):
    """These files of the maps that a task's decoder is trained on, where they are stored."""
    if not is_stored(model, task):
        return []
    dataset = ARGUS["tasks"][task]["dataset"]
    return [f"results/argus/{stage_1_of(model)}/features/{dataset}/{file}" for file in files]


SHARDS = [f"{shard:02d}.safetensors" for shard in range(config["features"]["num_shards"])]
