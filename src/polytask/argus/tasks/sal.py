"""Saliency with DPT, by the maximal F-measure."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("sal", decoder="dpt")
