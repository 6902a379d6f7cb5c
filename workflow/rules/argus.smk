# Argus: stage 1 trains an adapter between the blocks of a frozen ViT on the core tasks, stage 2 a
# decoder per further task on what that backbone says; a model is a row of the table.
#
# IN   the data sets of the tasks, the ViT's weights
# OUT  results/argus/{model}/backbone/model.safetensors     (stage 1: backbone, decoders of its tasks)
#      results/argus/{model}/features/{dataset}/            (its maps, where several tasks share them)
#      results/argus/{model}/{task}/model.safetensors       (stage 2: one decoder)
#      results/evaluate/{model}/metrics.json, samples.npz, results/report/argus.html


include: "argus_models.smk"


rule argus_pretrain:
    input:
        labelled=lambda wildcards: list(dict.fromkeys(map(root_of, core_of(wildcards.model)))),
        weights=lambda wildcards: initial_weights(ARGUS_CONFIG["models"][wildcards.model]),
        code=lambda wildcards: argus_code("argus_pretrain.py", core_of(wildcards.model)),
    output:
        model=update("results/argus/{model}/backbone/model.safetensors"),
        model_config=update("results/argus/{model}/backbone/model.json"),
        curves=update("results/argus/{model}/backbone/curves.csv"),
        effort=update("results/argus/{model}/backbone/effort.json"),
    log:
        "logs/argus_pretrain/{model}.log",
    wildcard_constraints:
        model="|".join(ARGUS_MODELS),
    resources:
        **asks("argus_pretrain"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.model,
                "backbone": {
                    "student": {
                        **backbone_of(ARGUS_CONFIG["models"][wildcards.model]),
                        **adapter_of(ARGUS_CONFIG["models"][wildcards.model]),
                        "biases": "none",
                        "image_size": ARGUS_CONFIG["image_size"],
                    },
                    "enlarged": ARGUS_CONFIG["enlarged"],
                },
                "initial_weights": initial_of(ARGUS_CONFIG["models"][wildcards.model]),
                "sources": {
                    name: {
                        **trained_on(source["tasks"][0]),
                        "root": root_of(source["tasks"][0]),
                        "tasks": source["tasks"],
                        "batch_size": ARGUS_CONFIG["pretraining"]["sources"][name]["batch_size"],
                    }
                    for name, source in sources_of(wildcards.model).items()
                },
                "decoders": {
                    task: decoder_of(wildcards.model, task) for task in core_of(wildcards.model)
                },
                **{key: ARGUS_CONFIG[key] for key in ("view", "num_views")},
                **stage_1(wildcards.model),
            }
        ),
    script:
        "../scripts/argus_pretrain.py"


rule argus_features:
    input:
        labelled=lambda wildcards: config["datasets"][wildcards.dataset]["root"],
        backbone="results/argus/{model}/backbone/model.safetensors",
        code=code("argus_features.py"),
    output:
        index=update("results/argus/{model}/features/{dataset}/index.json"),
        shards=update([f"results/argus/{{model}}/features/{{dataset}}/{shard}" for shard in SHARDS]),
    log:
        "logs/argus_features/{model}/{dataset}.log",
    wildcard_constraints:
        model="|".join(ARGUS_MODELS),
        dataset="|".join(config["datasets"]),
    resources:
        **asks("argus_features"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": f"{wildcards.model} on {wildcards.dataset}",
                "dataset": without_protocols(PARAMS["datasets"][wildcards.dataset]),
                **{key: ARGUS_CONFIG[key] for key in ("view", "num_views")},
            }
        ),
    script:
        "../scripts/argus_features.py"


rule argus_adapt:
    input:
        labelled=lambda wildcards: root_of(wildcards.task),
        backbone=lambda wildcards: backbone_file(wildcards.model),
        index=lambda wildcards: stored(wildcards.model, wildcards.task, "index.json"),
        shards=lambda wildcards: stored(wildcards.model, wildcards.task, *SHARDS),
        code=lambda wildcards: argus_code("argus_adapt.py", [wildcards.task]),
    output:
        model=update("results/argus/{model}/{task}/model.safetensors"),
        model_config=update("results/argus/{model}/{task}/model.json"),
        curves=update("results/argus/{model}/{task}/curves.csv"),
        effort=update("results/argus/{model}/{task}/effort.json"),
    log:
        "logs/argus_adapt/{model}/{task}.log",
    wildcard_constraints:
        model="|".join(ARGUS_MODELS),
        task="|".join(ARGUS["tasks"]),
    resources:
        **asks("argus_adapt"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.model,
                "task": wildcards.task,
                **trained_on(wildcards.task),
                "decoder": decoder_of(wildcards.model, wildcards.task),
                "train_adapter": ARGUS_CONFIG["models"][wildcards.model].get(
                    "train_adapter", False
                ),
                **{key: ARGUS_CONFIG[key] for key in ("view", "num_views")},
                "fit": {
                    **ARGUS_CONFIG["adaptation"]["fit"],
                    **ARGUS_CONFIG["tasks"][wildcards.task].get("fit", {}),
                },
            }
        ),
    script:
        "../scripts/argus_adapt.py"


rule argus_evaluate:
    input:
        labelled=lambda wildcards: list(
            dict.fromkeys(map(root_of, argus_tasks_of(wildcards.model)))
        ),
        backbone=lambda wildcards: backbone_file(wildcards.model),
        decoders=lambda wildcards: decoder_files(wildcards.model),
        code=lambda wildcards: argus_code("argus_evaluate.py", argus_tasks_of(wildcards.model)),
    output:
        metrics=update("results/evaluate/{model}/metrics.json"),
        samples=update("results/evaluate/{model}/samples.npz"),
    log:
        "logs/argus_evaluate/{model}.log",
    wildcard_constraints:
        model="|".join(ARGUS_MODELS),
    resources:
        **asks("argus_evaluate"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.model,
                "title": ARGUS_CONFIG["models"][wildcards.model]["title"],
                "tasks": {
                    task: {
                        **task_data(task),
                        "name": ARGUS_CONFIG["tasks"][task]["dataset"],
                        "root": root_of(task),
                        "core": trained_as(wildcards.model, task) in core_of(wildcards.model),
                    }
                    for task in argus_tasks_of(wildcards.model)
                },
                **{key: PARAMS["evaluation"][key] for key in ("batch_size", "num_samples")},
            }
        ),
    script:
        "../scripts/argus_evaluate.py"


rule report_argus:
    input:
        table="results/tables/argus.csv",
        metrics=expand("results/evaluate/{model}/metrics.json", model=ARGUS["rows"]),
        samples=expand("results/evaluate/{model}/samples.npz", model=ARGUS["rows"]),
        curves=[
            file.replace("model.safetensors", "curves.csv")
            for model in ARGUS["rows"]
            for file in (
                *([backbone_file(model)] if stage_1_of(model) == model and core_of(model) else []),
                *decoder_files(model),
            )
        ],
        code=code("report_argus.py"),
    output:
        page=update("results/report/argus.html"),
    log:
        "logs/report_argus.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                **{key: ARGUS_CONFIG[key] for key in ("show", "baseline")},
                "pages": pages_beside("argus"),
                "dataset": PARAMS["dataset"],
            }
        ),
    script:
        "../scripts/report_argus.py"
