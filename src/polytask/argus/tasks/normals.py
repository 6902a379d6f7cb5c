"""Surface normals with UperNet, by the mean angular error."""

from polytask.argus.dense_task import dense_task

TASK = dense_task("normals", decoder="upernet")
