"""The tasks of Argus: each is a file here, named as in params.yaml, with its `TASK`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from polytask.argus.task import VisionTask


class TaskFiles(Mapping[str, VisionTask]):
    """The tasks by name; a file is imported, with the libraries of its decoders, when asked for."""

    def __init__(self, folder: Path) -> None:
        self.names = sorted(path.stem for path in folder.glob("[!_]*.py"))

    def __getitem__(self, name: str) -> VisionTask:
        if name not in self.names:
            raise KeyError(name)
        return import_module(f"{__name__}.{name}").TASK

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


VISION_TASKS = TaskFiles(Path(__file__).parent)
