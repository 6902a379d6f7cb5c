"""What is wrong with a copy: one line each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from polytask.errors import UserError


@dataclass(frozen=True)
class Finding:
    """Something wrong; `subject` is a file of the copy, or a split, or an image of a split."""

    subject: str
    message: str

    @classmethod
    def of(cls, error: UserError, root: Path, subject: str) -> Self:
        """What reading ran into: about the file that the error names, else about `subject`."""
        text = str(error)
        file, colon, message = text.removeprefix(f"{root}/").partition(": ")
        if colon and text.startswith(f"{root}/"):
            return cls(file, message)
        return cls(subject, text.removeprefix(f"{root}: "))

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"
