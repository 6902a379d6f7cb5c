"""A wrong parameter stops everything with a line that names it."""

import pytest

from polytask.errors import UserError
from polytask.pipeline.parameters import check_parameters

SCHEMA = """
type: object
additionalProperties: false
required: [fit]
properties:
  fit:
    type: object
    additionalProperties: false
    required: [steps]
    properties: {steps: {type: integer, minimum: 1}, lr: {type: number}}
"""


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"fit": {"steps": 3, "stpes": 3}},
         "parameters, fit: unknown key `stpes`; did you mean `steps`?"),
        ({"fit": {"steps": 0}}, "parameters, fit.steps: 0 is less than the minimum of 1"),
        ({"fit": {"steps": "x"}}, "parameters, fit.steps: 'x' is not of type 'integer'"),
        ({"fit": {}}, "parameters, fit: 'steps' is a required property"),
        ({"fit": {"steps": 1}, "zzz": 1}, "parameters, top level: unknown key `zzz`; known: fit"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_in_one_line(tmp_path, config, message):
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    with pytest.raises(UserError) as error:
        check_parameters(config, tmp_path / "schema.yaml")
    assert str(error.value) == message


def test_right_parameters_pass_unchanged(tmp_path):
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    config = {"fit": {"steps": 1}}
    check_parameters(config, tmp_path / "schema.yaml")
    assert config == {"fit": {"steps": 1}}
