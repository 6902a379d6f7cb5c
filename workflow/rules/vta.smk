# VTA: adapters beside a frozen backbone, shared by all tasks, whose affinities they learn; the same in a new
# domain, with labels of some tasks, without any, or untouched; and the baselines of each.
#
# IN   the data sets of both domains, the backbone's weights
# OUT  results/vta/{model}/{tasks}/model.safetensors, curves.csv, effort.json, affinities.json
#      (tasks: `all`, or one); results/report/vta.html


include: "vta_models.smk"


rule vta_train:
    input:
        labelled=lambda wildcards: root_of_data(learns_in(wildcards.model)),
        unlabelled=lambda wildcards: root_of_data(looks_into(wildcards.model)),
        weights=lambda wildcards: backbone_weights(wildcards.model),
        start=lambda wildcards: vta_origin(wildcards.model),
        code=code("vta_train.py"),
    output:
        model=update("results/vta/{model}/{tasks}/model.safetensors"),
        model_config=update("results/vta/{model}/{tasks}/model.json"),
        curves=update("results/vta/{model}/{tasks}/curves.csv"),
        effort=update("results/vta/{model}/{tasks}/effort.json"),
        affinities=update("results/vta/{model}/{tasks}/affinities.json"),
    log:
        "logs/vta_train/{model}/{tasks}.log",
    wildcard_constraints:
        model="|".join(VTA_MODELS),
        tasks="|".join(["all", *sorted({t for name in VTA_MODELS for t in vta_tasks_of(name)})]),
    resources:
        **asks("vta_train"),
    params:
        config=lambda wildcards: given(
            {
                **TRAINED_RUN,
                "name": f"{wildcards.model}/{wildcards.tasks}",
                "dataset": images_of(learns_in(wildcards.model)),
                "unlabelled_dataset": images_of(looks_into(wildcards.model)),
                "adversarial": VTA_CONFIG["adversarial"],
                **training_of(wildcards.model, wildcards.tasks),
            }
        ),
    script:
        "../scripts/vta_train.py"


rule report_vta:
    input:
        tables=tables_of_system("vta"),
        metrics=expand("results/evaluate/{row}/metrics.json", row=SHOWN_ROWS),
        samples=[
            f"results/evaluate/{model}_on_{domain}/samples.npz"
            for domain, models in VTA["sheets"].items()
            for model in models
        ],
        curves=[file.replace("model.safetensors", "curves.csv") for file in TRAINED_BY_VTA],
        efforts=[file.replace("model.safetensors", "effort.json") for file in TRAINED_BY_VTA],
        affinities=expand("results/vta/{model}/all/affinities.json", model=AFFINE),
        code=code("report_vta.py"),
    output:
        page=update("results/report/vta.html"),
    log:
        "logs/report_vta.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given(
            {
                "banner": PARAMS["report"]["banner"],
                **{key: VTA_CONFIG[key] for key in ("show", "domains", "tables", "sheets")},
                "supervised": {
                    model: VTA_CONFIG["models"][model]["supervised"]
                    for model in SHOWN_MODELS
                    if "supervised" in VTA_MODELS[model]
                },
                "pages": pages_beside("vta"),
            }
        ),
    script:
        "../scripts/report_vta.py"
