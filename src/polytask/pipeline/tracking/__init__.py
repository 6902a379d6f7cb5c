"""Runs for MLflow: jobs write journals, one importer process brings them into the store.

Jobs never talk to MLflow, so a store that is down, slow or locked cannot fail or stop one.
"""

from polytask.pipeline.tracking.journal import Run, track

__all__ = ["Run", "track"]
