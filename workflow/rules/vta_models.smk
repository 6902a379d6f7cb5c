# What a model of VTA is made of: its domain, tasks and adapters, and the files that they stand for.
#
# IN   config, selection.smk, rows.smk
# OUT  names used by vta.smk


def learns_in(model):
    """The name of the data set whose labels a model learns from."""
    if model == VTA_ADAPTERS:
        return PARAMS["dataset"]
    return VTA_CONFIG["domains"][VTA_MODELS[model].get("domain", "source")]


def looks_into(model):
    """The name of the data set whose images alone a model sees, where it adapts to one."""
    domain = VTA_MODELS[model].get("unlabelled")
    return VTA_CONFIG["domains"][domain] if domain else None


def images_of(name):
    """What a training is told of a data set, or None: how tasks are measured changes no model."""
    return None if name is None else without_protocols(PARAMS["datasets"][name.value])


def root_of_data(name):
    """Where a data set lies; without one there is no file."""
    return config["datasets"][name.value]["root"] if name else []


def made_as(model):
    """The entry that says what a model is made of: its own, or that of the model it starts from."""
    return VTA_CONFIG["models"][vta_origin_of(model)]


def has_adapters(model):
    """Whether adapters stand beside a frozen backbone, or all of it is trained."""
    return made_as(model).value.get("adapters", True)


def architecture_of(model):
    """The backbone, adapters and decoders of a model."""
    own, backbone = made_as(model), VTA_CONFIG["backbone"]
    norms = {key: own.get(key, True) for key in ("taa", "tsn")}
    return {
        "backbone": {key: backbone[key] for key in backbone if key != "weights"},
        "frozen": has_adapters(model),
        "adapter": {**VTA_CONFIG["adapter"], **norms} if has_adapters(model) else None,
        "decoder": VTA_CONFIG["decoder"],
    }


def decoded_by(model, tasks):
    """The tasks of one training of a model: all that it has decoders for, or one."""
    return made_as(model)["tasks"] if tasks == "all" else [tasks]


def learnt_by(model, tasks):
    """Those of them whose labels it learns from."""
    return VTA_CONFIG["models"][model].get("supervised", decoded_by(model, tasks))


def vta_origin(model):
    """The model that a transfer goes on from, where it is one."""
    start = VTA_MODELS[model].get("start")
    return vta_files(start) if start else []


def backbone_weights(model):
    """The file of a backbone's weights, where there is one; a transfer has those of its start."""
    return [] if vta_origin(model) else weights_behind(VTA["backbone"]["weights"])


def balancing_of(model):
    """How a model weighs its tasks: its own way; that of all where it has several and adapters."""
    own = VTA_CONFIG["models"][model]
    alone = own.get("separate", False) or not has_adapters(model)
    return own.get("balancing", {"method": "fixed"} if alone else VTA_CONFIG["balancing"])


def training_of(model, tasks):
    """What a training of VTA is told, beside its data: `tasks` of a model, all of them or one."""
    if model == VTA_ADAPTERS:
        return as_stage_2_trains()
    own = VTA_CONFIG["models"][model]
    return {
        "architecture": architecture_of(model),
        "initial_weights": (
            "random" if own.value.get("start") else VTA_CONFIG["backbone"]["weights"]
        ),
        "tasks": decoded_by(model, tasks),
        "supervised": learnt_by(model, tasks),
        "balancing": balancing_of(model),
        "task_weights": {
            task: VTA_CONFIG["task_weights"][task]
            for task in vta_tasks_of(model)
            if tasks in ("all", task)
        },
        **{key: VTA_CONFIG[key] for key in ("losses", "view", "num_views")},
        "fit": {**VTA_CONFIG["fit"], **own.get("fit", {})},
    }


def as_stage_2_trains():
    """VTA's adapters with the tasks, heads, losses, views and steps of stage 2's methods."""
    own, backbone, stage_2 = (
        PARAMS["compare"][VTA_ADAPTERS],
        VTA_CONFIG["backbone"],
        PARAMS["downstream"],
    )
    return {
        "architecture": {
            "backbone": {
                **{key: backbone[key] for key in ("model", "model_args", "mean", "std")},
                **{key: own[key] for key in ("at", "skips")},
            },
            "frozen": True,
            "adapter": {**VTA_CONFIG["adapter"], "taa": True, "tsn": True},
            "decoder": "conv",
        },
        "initial_weights": backbone["weights"],
        **{key: DATASET_CONFIG["tasks"] for key in ("tasks", "supervised")},
        "balancing": VTA_CONFIG["balancing"],
        "task_weights": {task: stage_2["task_weights"][task] for task in DATASET["tasks"]},
        "losses": {**LOSSES, "depth_loss": "l1"},
        "fit": stage_2["fit"],
        **VIEWS["labelled"],
    }


# What the page is made of: the rows of its tables, the trainings behind them, and whose affinities it knows.
SHOWN_ROWS = list(dict.fromkeys(row for table in VTA_TABLES.values() for row in table["rows"]))
SHOWN_MODELS = list(dict.fromkeys(VTA_ROWS[row][0] for row in SHOWN_ROWS))
TRAINED_BY_VTA = [file for model in SHOWN_MODELS for file in vta_files(model)]
AFFINE = [m for m in SHOWN_MODELS if has_adapters(m) and not VTA_MODELS[m].get("separate")]
