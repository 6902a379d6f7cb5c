# The rows of the tables: which there are, what each is called, and where its models lie.
#
# IN   config, selection.smk
# OUT  TABLES, PAGES, title_of(), models_of(), efforts_of(), curves_of(); for merging.smk: MERGES ...

SAK_ROWS = [name for name in METHODS if not METHODS[name].get("frozen")]

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

# One table per system, and those of `tables`: rows, and the method that gains are measured against.
TABLES = {
    "sak": {"rows": SAK_ROWS, "baseline": PARAMS["downstream"]["baseline"]},
    "simo": {"rows": SIMO_ROWS, "baseline": MERGING_CONFIG["single_task"]},
    "argus": {"rows": ARGUS["rows"], "baseline": None},
    **{
        name: {**table, "rows": config["tables"][name]["rows"]}
        for name, table in PARAMS["tables"].items()
    },
}
PAGES = {
    "sak": "results/report/index.html",
    "simo": "results/report/simo.html",
    "argus": "results/report/argus.html",
}
# Rows that one rule judges; models of Argus have another.
DENSE_ROWS = [*METHODS, *MERGES, *REALIGNED, *UNSCALED]


def pages_beside(system):
    """The other pages of this run, as a link finds them."""
    return {s.upper(): Path(PAGES[s]).name for s in config["systems"] if s != system}


def title_of(row):
    """What a row is called."""
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
