# The rows of the tables: which there are, what each is called, and where its models lie.
#
# IN   config, selection.smk
# OUT  TABLES, PAGES, title_of(), models_of(), efforts_of(), curves_of(), judged_by(); for merging.smk: MERGES ...

SAK, SAK_CONFIG = config["sak"], PARAMS["sak"]


def with_rows(tables, entries):
    """Tables as they are given, but for their rows, which are plain names."""
    return {name: {**table, "rows": entries[name]["rows"]} for name, table in tables.items()}


SAK_TABLES = {
    f"sak_{name}": table for name, table in with_rows(SAK_CONFIG["tables"], SAK["tables"]).items()
}

MERGING, MERGING_CONFIG = config["merging"], PARAMS["merging"]
MERGES = [name for name, merge in MERGING["methods"].items() if merge]
REALIGNED = {
    f"{merge}_{what}": (merge, how)
    for merge in MERGES
    for what, how in (
        ("heads", "head re-alignment"),
        ("representation", "representation re-alignment"),
    )
}
# Merges without a scale: learnt coefficients, and an encoder per task out of the merged one.
UNSCALED = [name for name in ("adamerging", "tall_mask") if MERGING[name]]
SIMO_ROWS = [
    MERGING["single_task"],
    MERGING["joint"],
    *[row for merge in MERGES for row in (merge, f"{merge}_heads", f"{merge}_representation")],
    *UNSCALED,
]
TRAINED = [
    METHODS[MERGING["single_task"]].get("start"),
    *[row for row in SIMO_ROWS if row not in (*MERGES, "tall_mask")],
]

# Argus: a model is a row.
ARGUS, ARGUS_CONFIG = config["argus"], PARAMS["argus"]
ARGUS_MODELS = ARGUS["models"]

# VTA: a row is a model, and the domain where it is judged.
VTA, VTA_CONFIG = config["vta"], PARAMS["vta"]
# One more than its own tables have is trained and judged as the rows of stage 2 are (compare.smk), in no domain.
VTA_ADAPTERS = "vta_adapters"
VTA_MODELS = {**VTA["models"], VTA_ADAPTERS: {"tasks": DATASET["tasks"]}}
VTA_ROWS = {
    **{
        f"{model}_on_{domain}": (model, domain)
        for model in VTA["models"]
        for domain in VTA["domains"]
    },
    VTA_ADAPTERS: (VTA_ADAPTERS, None),
}
VTA_TABLES = {
    f"vta_{name}": {
        "rows": [f"{model}_on_{table['domain']}" for model in table["rows"]],
        "baseline": f"{table['baseline']}_on_{table['domain']}" if table["baseline"] else None,
    }
    for name, table in VTA["tables"].items()
}

# One table per system, or several, and those of `tables`: rows, and the method that gains are measured against.
TABLES = {
    "sak": {"rows": SAK_ROWS, "baseline": PARAMS["downstream"]["baseline"]},
    "simo": {"rows": SIMO_ROWS, "baseline": MERGING_CONFIG["single_task"]},
    "argus": {"rows": ARGUS["rows"], "baseline": None},
    **VTA_TABLES,
    **SAK_TABLES,
    "compare": {"rows": config["compare"]["rows"], "baseline": PARAMS["compare"]["baseline"]},
    **with_rows(PARAMS["tables"], config["tables"]),
}
PAGES = {
    "sak": "results/report/index.html",
    "simo": "results/report/simo.html",
    "argus": "results/report/argus.html",
    "vta": "results/report/vta.html",
    "compare": "results/report/compare.html",
}
# Rows that one rule judges; models of Argus have another.
DENSE_ROWS = [*METHODS, *MERGES, *REALIGNED, *UNSCALED, *VTA_ROWS]


def pages_beside(system):
    """The other pages of this run, as a link finds them."""
    return {s.upper(): Path(PAGES[s]).name for s in config["systems"] if s != system}


def tables_of_system(system):
    """The tables of a system: one of its name, or those of VTA's settings."""
    names = VTA_TABLES if system == "vta" else [system]
    return expand("results/tables/{table}.csv", table=names)


def title_of(row):
    """What a row is called."""
    if row == VTA_ADAPTERS:
        return PARAMS["compare"][VTA_ADAPTERS]["title"]
    if row in VTA_ROWS:
        return VTA_CONFIG["models"][VTA_ROWS[row][0]]["title"]
    if row in METHODS:
        return METHOD_CONFIGS[row]["title"]
    if row in UNSCALED:
        return MERGING_CONFIG[row]["title"]
    if row in MERGES:
        return MERGING_CONFIG["methods"][row]["title"]
    merge, how = REALIGNED[row]
    return f"{MERGING['methods'][merge]['title']} + {how}"


def models_of(row):
    """The models of a row: one of all tasks, or one per task."""
    if row in VTA_ROWS:
        return vta_files(VTA_ROWS[row][0])
    if row in METHODS:
        tasks = DATASET["tasks"] if METHODS[row]["separate"] else ["all"]
        return expand("results/downstream/{row}/{tasks}/model.safetensors", row=row, tasks=tasks)
    if row in REALIGNED:
        return [f"results/realign/{row}/model.safetensors"]
    if row == "tall_mask":
        return expand("results/merge/tall_mask/{task}/model.safetensors", task=DATASET["tasks"])
    return [f"results/merge/{row}/model.safetensors"]


def efforts_of(row):
    """What the trainings behind a row took."""
    if row in REALIGNED and row.endswith("_heads"):
        return expand("results/realign/{row}/{task}/effort.json", row=row, task=DATASET["tasks"])
    return [model.replace("model.safetensors", "effort.json") for model in models_of(row)]


def curves_of(row):
    """The curves of the trainings behind a method."""
    return [model.replace("model.safetensors", "curves.csv") for model in models_of(row)]


def origin_of(method):
    """The model whose encoder and heads a method starts from, where it does."""
    start = METHODS[method].get("start")
    return models_of(start) if start else []


def vta_origin_of(model):
    """The model of VTA that says what a model is made of: where it starts, or itself."""
    return VTA_MODELS[model].get("start", model)


def vta_tasks_of(model):
    """The tasks that a model of VTA has decoders for."""
    return VTA_MODELS[vta_origin_of(model)]["tasks"]


def vta_files(model):
    """A model of VTA: one of all tasks, or one per task."""
    tasks = vta_tasks_of(model) if VTA_MODELS[model].get("separate") else ["all"]
    return expand("results/vta/{model}/{tasks}/model.safetensors", model=model, tasks=tasks)


def judged_by(row):
    """The name of the data set that judges a row, and what is told of it: of VTA, its domain's."""
    model, domain = VTA_ROWS.get(row, (row, None))
    if domain is None:
        return PARAMS["dataset"], DATASET_CONFIG
    name = VTA_CONFIG["domains"][domain]
    tasks = VTA_CONFIG["models"][vta_origin_of(model)]["tasks"]
    return name, {**PARAMS["datasets"][name.value], "tasks": tasks}
