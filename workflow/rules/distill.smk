# Stage 1: distil the committee into students, and see how alike they have become.
#
# IN   the corpus, results/features/corpus/ (or the teachers themselves), initial weights
# OUT  results/distill/{student}/model.safetensors, curves.csv
#      results/analysis/similarity.json, norms.json


rule distill:
    input:
        corpus=IMAGES["corpus"],
        initial=lambda wildcards: initial_weights(STUDENT_CONFIGS[wildcards.student]),
        teachers=lambda wildcards: targets("corpus", committee_of(wildcards.student)),
        code=code("distill.py"),
    output:
        model=update("results/distill/{student}/model.safetensors"),
        model_config=update("results/distill/{student}/model.json"),
        curves=update("results/distill/{student}/curves.csv"),
    log:
        "logs/distill/{student}.log",
    wildcard_constraints:
        student="|".join(TRAINABLE),
    priority: 1  # the longest chain first: single tasks fill the gaps
    resources:
        **asks("distill"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.student,
                "student": {
                    **backbone_of(STUDENT_CONFIGS[wildcards.student]),
                    "biases": STUDENT_CONFIGS[wildcards.student]["biases"],
                    **own_of(wildcards.student, "aligner_form"),
                },
                **own_of(wildcards.student, "matching", "standardise"),
                "initial_weights": initial_of(STUDENT_CONFIGS[wildcards.student]),
                "committee": committee_config(committee_of(wildcards.student)),
                **{key: PARAMS["distill"][key] for key in ("alpha", "beta")},
                "fit": {**PARAMS["distill"]["fit"], **own_of(wildcards.student, "steps")},
                "image_size": PARAMS["student"]["image_size"],
                **VIEWS["corpus"],
            }
        ),
    script:
        "../scripts/distill.py"


rule similarity:
    input:
        corpus=IMAGES["corpus"],
        students=expand("results/distill/{student}/model.safetensors", student=DISTILLED),
        weights=[file for teacher in ALL_TEACHERS for file in weights_of(teacher)],
        statistics=statistics("corpus", ALL_TEACHERS),
        code=code("similarity.py"),
    output:
        similarity=update("results/analysis/similarity.json"),
    log:
        "logs/similarity.log",
    resources:
        **asks("similarity"),
    params:
        config=given(
            {
                **RUN,
                "students": {student: committee_of(student) for student in DISTILLED},
                "teachers": committee_config(ALL_TEACHERS)["teachers"],
                "image_size": PARAMS["student"]["image_size"],
                "standardise": PARAMS["features"]["standardise"],
                "num_images": PARAMS["evaluation"]["num_similarity_images"],
            }
        ),
    script:
        "../scripts/similarity.py"


# The student of the page, or the first one where its method has none.
MEASURED_STUDENT = METHODS[config["report"]["show"]]["student"] or next(iter(STUDENTS))


rule norms:
    input:
        corpus=IMAGES["corpus"],
        student=student_file(MEASURED_STUDENT),
        weights=[file for teacher in committee_of(MEASURED_STUDENT) for file in weights_of(teacher)],
        code=code("norms.py"),
    output:
        norms=update("results/analysis/norms.json"),
    log:
        "logs/norms.log",
    resources:
        **asks("norms"),
    params:
        config=given(
            {
                **RUN,
                "teachers": committee_config(committee_of(MEASURED_STUDENT))["teachers"],
                "image_size": PARAMS["student"]["image_size"],
                "num_images": PARAMS["evaluation"]["num_similarity_images"],
            }
        ),
    script:
        "../scripts/norms.py"
