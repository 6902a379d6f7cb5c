"""Semantic segmentation with UperNet, by the mean IoU."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("semseg", decoder="upernet")
