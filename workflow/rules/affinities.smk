# Which tasks help each other: what the gradients of SAK's, Argus' and VTA's models say, and SIMO's task vectors,
# on the same images (`snakemake affinities`).
#
# IN   the models that the pages of SAK, Argus and VTA show, results/analysis/relationships/, the labelled sets
# OUT  results/affinities/{system}.json, results/report/affinities.html


def affine_models(system):
    """The files of the model that the page of a system shows; of Argus those of both stages."""
    if system == "sak":
        return models_of(config["report"]["show"])
    if system == "vta":
        return vta_files(VTA["show"])
    return [backbone_file(ARGUS["show"]), *decoder_files(ARGUS["show"])]


def affine_dataset(system):
    """The name of the data set that a system's tasks are compared on."""
    return VTA_CONFIG["domains"]["source"] if system == "vta" else PARAMS["dataset"]


def affine_config(system):
    """What is told of a system: its model's title, its tasks on that data set, and its losses."""
    if system == "sak":
        shown = METHOD_CONFIGS[config["report"]["show"]]
        return {"title": shown["title"], "tasks": DATASET_CONFIG["tasks"], "losses": LOSSES}
    if system == "vta":
        shown = VTA_CONFIG["models"][VTA["show"]]
        return {
            "title": shown["title"],
            "tasks": VTA_CONFIG["models"][vta_origin_of(VTA["show"])]["tasks"],
            "losses": VTA_CONFIG["losses"],
        }
    tasks = [
        task
        for task in argus_tasks_of(ARGUS["show"])
        if task in DATASET["tasks"] and root_of(task) == DATASET["root"]
    ]
    return {
        "title": ARGUS_CONFIG["models"][ARGUS["show"]]["title"],
        "tasks": tasks,
        "losses": None,
    }


AFFINE_SYSTEMS = ["sak", "argus", "vta"]


rule affinities:
    input:
        "results/report/affinities.html",


rule task_affinities:
    input:
        labelled=lambda wildcards: (
            config["datasets"][affine_dataset(wildcards.system).value]["root"]
        ),
        models=lambda wildcards: affine_models(wildcards.system),
        code=lambda wildcards: argus_code("task_affinities.py", affine_config("argus")["tasks"]),
    output:
        affinities=update("results/affinities/{system}.json"),
    log:
        "logs/task_affinities/{system}.log",
    wildcard_constraints:
        system="|".join(AFFINE_SYSTEMS),
    resources:
        **asks("task_affinities"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "system": wildcards.system,
                **affine_config(wildcards.system),
                "dataset": without_protocols(
                    PARAMS["datasets"][affine_dataset(wildcards.system).value]
                ),
                **{key: MERGING_CONFIG[key] for key in ("split", "num_images")},
                "batch_size": PARAMS["evaluation"]["batch_size"],
            }
        ),
    script:
        "../scripts/task_affinities.py"


rule report_affinities:
    input:
        affinities=expand("results/affinities/{system}.json", system=AFFINE_SYSTEMS),
        relationships=expand("results/analysis/relationships/{task}.csv", task=DATASET["tasks"]),
        code=code("report_affinities.py"),
    output:
        page=update("results/report/affinities.html"),
    log:
        "logs/report_affinities.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                "dataset": PARAMS["dataset"],
                "pages": pages_beside("affinities"),
            }
        ),
    script:
        "../scripts/report_affinities.py"
