"""Where the package meets Snakemake and MLflow: rules as function calls, records, tracking."""
