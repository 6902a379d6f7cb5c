"""The tiny model of the folder above with an adapter: two interactions, each around two blocks."""

import pytest
import torch

ADAPTER = {
    "norm": "group", "num_groups": 4, "scale_tokens": True, "freeze_vit": True, "stem_width": 8,
    "num_points": 2, "value_ratio": 0.5, "ffn_ratio": 0.25, "extra_extractors": 1,
}  # fmt: skip


@pytest.fixture
def adapted(config, student_values) -> dict:
    student = {**student_values, "levels": [1, 3], "adapter": dict(ADAPTER)}
    return config | {"student": student, "teacher_dims": {}, "fusion": "stem"}


@pytest.fixture
def open_gates():
    """Let injectors say something, as after some training."""

    def open_all(student) -> None:
        for interaction in student.adapter.interactions:
            torch.nn.init.normal_(interaction.injector.gate, std=0.5)

    return open_all
