"""The flat list of entities that a crate's metadata is."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

Reference = dict[str, str]

CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
DESCRIPTOR = "ro-crate-metadata.json"


class Graph:
    """Entities by id; adding one twice keeps the first, and `link` never repeats itself."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}

    def add(self, id_: str, type_: str | list[str], **properties: Any) -> Reference:
        """Add an entity and return the reference to it; properties that are None are left out."""
        known = {key: value for key, value in properties.items() if value is not None}
        self.entities.setdefault(id_, {"@id": id_, "@type": type_, **known})
        return {"@id": id_}

    def link(self, subject: Reference, name: str, objects: Iterable[Reference]) -> None:
        """Add `objects` to a property of `subject`, each once."""
        values = self.entities[subject["@id"]].setdefault(name, [])
        seen = {value["@id"] for value in values}
        for each in objects:
            if each["@id"] not in seen:
                seen.add(each["@id"])
                values.append(each)

    def as_json(self) -> dict[str, Any]:
        """The content of ro-crate-metadata.json; a property of one value is that value."""
        return {
            "@context": CONTEXT,
            "@graph": [
                {key: _compact(value) for key, value in entity.items() if value != []}
                for entity in self.entities.values()
            ],
        }


def local(*words: str) -> str:
    """The id of something that is no file: `#` and words that a URI may hold."""
    return "#" + "/".join(quote(re.sub(r"\s+", "-", str(word)), safe="{}.-_~=") for word in words)


def _compact(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
