# Render the embedded data: labelled scenes, and the corpus that plays ImageNet's part.
#
# IN   nothing: every image follows from its seed
# OUT  results/data/rooms_{part}.tar   (NYUD-v2 layout)


rule rooms:
    input:
        code=code("rooms.py"),
    output:
        archive=update("results/data/rooms_{part}.tar"),
    log:
        "logs/rooms/{part}.log",
    wildcard_constraints:
        part="labelled|corpus",
    priority: 10  # needs every core, so it would wait for ever longer behind single ones
    threads: workflow.cores
    resources:
        **asks("rooms"),
    params:
        config=lambda wildcards: given(PARAMS["rooms"][wildcards.part]),
    script:
        "../scripts/rooms.py"
