# Bring a data set that is not there: download it, or check and unpack what a login was needed for.
#
# IN   a server, or downloads/ beside the data set
# OUT  the folders of params.yaml (datasets.<name>.root, corpus) that are not there; to one that is
#      there no rule leads, so that nothing of it is ever made again

from polytask.pipeline.raw_data import missing_data, one_of

# Of params.yaml, and of the studies where those are asked for.
MISSING = {
    root: source
    for each in (config, *STUDY_CONFIGS.values())
    for root, source in missing_data(each).items()
}


rule fetch:
    input:
        code=code("fetch.py"),
    output:
        root=update(directory("{root}")),
    log:
        "logs/fetch/{root}.log",
    wildcard_constraints:
        root=one_of(MISSING),
    priority: 100  # first of all: what cannot be had is said at once
    localrule: True  # where Snakemake itself runs: nodes of a cluster may reach no server
    threads: 0  # it waits for the network: others compute meanwhile
    params:
        config=lambda wildcards: given({"root": wildcards.root, "source": MISSING[wildcards.root]}),
    script:
        "../scripts/fetch.py"
