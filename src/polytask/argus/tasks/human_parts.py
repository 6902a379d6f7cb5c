"""Human parsing with UperNet, by the mean IoU of parts."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("human_parts", decoder="upernet")
