"""A shard is a safetensors file that anyone can read, whatever the batches it was written in."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from polytask.teachers.shards import map_levels, write_levels

SHAPES = [(3, 2, 4), (5, 1, 1)]


def features(num_samples):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(num_samples, *shape)).astype(np.float16) for shape in SHAPES]


@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_it_is_read_back_by_the_format_s_own_library_and_by_the_map(tmp_path, batch_size):
    levels, path = features(7), tmp_path / "shard.safetensors"
    batches = ([x[i : i + batch_size] for x in levels] for i in range(0, 7, batch_size))
    write_levels(path, SHAPES, 7, batches)
    stored = load_file(path)
    for level, (mapped, written) in enumerate(zip(map_levels(path), levels, strict=True)):
        assert np.array_equal(stored[f"level_{level}"], written)
        assert np.array_equal(mapped, written)


def test_what_is_mapped_cannot_be_written_to(tmp_path):
    write_levels(tmp_path / "shard", SHAPES, 2, [features(2)])
    with pytest.raises(ValueError, match="read-only"):
        map_levels(tmp_path / "shard")[0][0] = 1


@pytest.mark.parametrize("announced", [1, 3])
def test_another_number_of_rows_than_announced_is_refused(tmp_path, announced):
    with pytest.raises(ValueError, match="row"):
        write_levels(tmp_path / "shard", SHAPES, announced, [features(2)])


def test_other_shapes_than_announced_are_refused(tmp_path):
    with pytest.raises(ValueError, match="do not fit"):
        write_levels(tmp_path / "shard", SHAPES[::-1], 2, [features(2)])
