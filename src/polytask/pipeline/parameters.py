"""Checks the parameters against their schema before anything is planned."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from polytask.errors import UserError, advice
from polytask.papers.published import LOADER


def check_parameters(config: Mapping[str, Any], schema: Path) -> None:
    """Raise a UserError of one line that names the first wrong key; change nothing."""
    errors = list(_validator(schema).iter_errors(config))
    unknown = [error for error in errors if error.validator == "additionalProperties"]
    error = unknown[0] if unknown else best_match(errors)
    if error is not None:
        raise UserError(_line(error))


@functools.cache
def _validator(schema: Path) -> Draft202012Validator:
    """The same once per process: each study of the papers asks again."""
    return Draft202012Validator(yaml.load(schema.read_text(), Loader=LOADER))


def _line(error: ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path)) or "top level"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        extra = next(key for key in error.instance if key not in known)
        return f"parameters, {where}: unknown key `{extra}`; {advice(extra, known)}"
    return f"parameters, {where}: {error.message.splitlines()[0][:200]}"
