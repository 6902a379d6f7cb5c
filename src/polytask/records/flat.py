"""Nested plain data under dotted keys."""

from collections.abc import Mapping
from typing import Any


def flatten(value: Any, prefix: str = "", *, lists: bool = True) -> dict[str, Any]:
    """Dotted key -> value of everything in nested mappings and, if `lists`, in lists."""
    if isinstance(value, list) and lists:
        value = dict(enumerate(value))
    if not isinstance(value, Mapping) or not value:
        return {prefix: value} if prefix else {}
    dot = "." if prefix else ""
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in flatten(inner, f"{prefix}{dot}{key}", lists=lists).items()
    }
