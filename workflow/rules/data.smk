# Render the embedded data: labelled scenes by day and in the evening, the corpus that plays ImageNet's
# part, and single pieces, sound or not, that play MVTec AD's.
#
# IN   nothing: every image follows from its seed
# OUT  results/data/rooms_{part}.tar       (NYUD-v2 layout)
#      results/data/rooms_inspection.tar   (MVTec AD's layout)


rule rooms:
    input:
        code=code("rooms.py"),
    output:
        archive=update("results/data/rooms_{part}.tar"),
    log:
        "logs/rooms/{part}.log",
    wildcard_constraints:
        part="labelled|corpus|evening",
    priority: 10  # needs every core, so it would wait for ever longer behind single ones
    threads: workflow.cores
    resources:
        **asks("rooms"),
    params:
        config=lambda wildcards: given(PARAMS["rooms"][wildcards.part]),
    script:
        "../scripts/rooms.py"


rule inspection:
    input:
        code=code("inspection.py"),
    output:
        archive=update("results/data/rooms_inspection.tar"),
    log:
        "logs/inspection.log",
    priority: 10
    threads: workflow.cores
    resources:
        **asks("inspection"),
    params:
        config=given(PARAMS["rooms"]["inspection"]),
    script:
        "../scripts/inspection.py"
