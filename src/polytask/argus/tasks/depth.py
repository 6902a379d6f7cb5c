"""Depth with DPT, by the root mean squared error."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("depth", decoder="dpt")
