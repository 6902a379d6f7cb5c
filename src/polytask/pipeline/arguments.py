"""Builds typed arguments, nested dataclasses above all, out of the mappings in params.yaml."""

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polytask.errors import UserError, advice


def build(hint: Any, value: Any, where: str) -> Any:
    """`value`, read from YAML, as what `hint` declares; `where` is its key, for messages.

    Knows dataclasses, tuples, lists, dicts, unions, Literal, Path and scalars; an int is a float
    where one is asked for. Raises UserError that names the key.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is None:
        return value
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint, value, where)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, value, where)
    if origin is typing.Literal:
        if value not in arguments:
            raise _wrong(where, "one of " + ", ".join(map(repr, arguments)), value)
        return value
    if hint is tuple or origin is tuple:
        return _tuple(arguments, value, where)
    if hint is list or origin in (list, Sequence):
        item = arguments[0] if arguments else Any
        return [build(item, each, f"{where}[{n}]") for n, each in enumerate(_items(value, where))]
    if hint is dict or origin in (dict, Mapping):
        of_key, of_value = arguments or (Any, Any)
        return {
            build(of_key, key, where): build(of_value, each, f"{where}.{key}")
            for key, each in _mapping(value, where).items()
        }
    return _scalar(hint, value, where)


def _dataclass(hint: type, value: Any, where: str) -> Any:
    if isinstance(value, hint):
        return value
    fields = {field.name: field for field in dataclasses.fields(hint) if field.init}
    given = _mapping(value, where)
    for key in given:
        if key not in fields:
            raise UserError(f"{where}: unknown key `{key}`; {advice(key, fields)}")
    missing = [name for name, field in fields.items() if _required(field) and name not in given]
    if missing:
        raise UserError(f"{where}: missing key `{'`, `'.join(missing)}`; add it to params.yaml")
    hints = typing.get_type_hints(hint)
    return hint(**{key: build(hints[key], each, f"{where}.{key}") for key, each in given.items()})


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is field.default_factory is dataclasses.MISSING


def _union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    """The first option that takes the value as it is; the last error when none does."""
    if value is None and types.NoneType in options:
        return None
    options = tuple(option for option in options if option is not types.NoneType)
    exact = [option for option in options if option is type(value)]
    error: UserError | None = None
    for option in exact or options:
        try:
            return build(option, value, where)
        except UserError as problem:
            error = problem
    raise error or _wrong(where, "nothing (null)", value)


def _tuple(items: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    values = _items(value, where)
    if not items or items[-1] is Ellipsis:
        items = (items[0] if items else Any,) * len(values)
    if len(items) != len(values):
        raise _wrong(where, f"{len(items)} values", value)
    return tuple(
        build(item, each, f"{where}[{n}]")
        for n, (item, each) in enumerate(zip(items, values, strict=True))
    )


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if not isinstance(hint, type) or (
        isinstance(value, hint) and isinstance(value, bool) == (hint is bool or hint is object)
    ):
        return value
    raise _wrong(where, hint.__name__, value)


def _items(value: Any, where: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _wrong(where, "a list", value)
    return value


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(where, "a mapping", value)
    return value


def _wrong(where: str, wanted: str, value: Any) -> UserError:
    return UserError(f"{where}: expected {wanted}, got {value!r}; change it in params.yaml")
