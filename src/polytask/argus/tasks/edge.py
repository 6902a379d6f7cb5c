"""Boundaries with UperNet, by the optimal-dataset-scale F-measure."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("edge", decoder="upernet")
