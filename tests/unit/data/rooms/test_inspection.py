"""Inspected pieces: MVTec AD's layout, the same bytes always, and masks of what is wrong."""

import tarfile

import numpy as np
import pytest

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.rooms.inspection import SIZES, Photo, photos, take, write_inspection
from polytask.data.rooms.meshes import Builder, Material
from polytask.data.rooms.states import missing, parts_of, tip_over
from polytask.data.rooms.workshop import Pose
from polytask.errors import UserError

SIZE = 32
REQUEST = {"size": SIZE, "style": "day", "first_seed": 2_000_000, "train": 1, "test": 1}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("inspection") / "inspection.tar"
    write_inspection(path, **REQUEST)
    return path


def test_the_reader_of_mvtec_ad_serves_it(archive):
    layout = open_layout("mvtec_ad", archive)
    assert layout.splits == [
        f"{name}/{part}" for name in sorted(SIZES) for part in ("test", "train")
    ]
    for category in SIZES:
        tests = layout.ids(f"{category}/test")
        assert tests == [f"{category}/test/{state}/000" for state in ("fallen", "good", "missing")]
        for name in tests:
            sources = read(layout.tree, layout.labels("semseg", name))
            mask = layout.decode_label("semseg", sources, 2, (SIZE, SIZE))
            assert mask.any() == (layout.defect(name) != "good")


def test_the_same_seed_gives_the_same_bytes_and_no_photo_repeats(archive, tmp_path):
    write_inspection(tmp_path / "again.tar", **REQUEST)
    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()
    with tarfile.open(archive) as tar:
        images = [tar.extractfile(m).read() for m in tar if m.name.endswith("0.png")]
    assert len(images) == len(set(images)) == len(photos(0, 1, 1)) == 16


def test_what_is_missing_is_where_the_image_differs_from_the_whole_piece():
    """The shade of a lamp glows: without noise, all its pixels would be other ones."""
    seed = 2_000_123
    whole, nothing = take(Photo("lamp", "test/good", 0, seed), "day", SIZE)
    without, mask = take(Photo("lamp", "test/missing", 0, seed), "day", SIZE)
    change = np.abs(whole.astype(int) - without).sum(2)
    assert not nothing.any() and 0.01 < mask.mean() < 0.3
    assert np.median(change[mask]) > 4 * np.median(change[~mask])
    assert np.flatnonzero(mask.any(1)).max() < SIZE // 2  # it is the upper half that lacks


def builder_with_table():
    """Four legs of 10 cm at the corners of a board of 100 x 60 x 10 cm, 80 cm high, turned."""
    builder, pose = Builder(), Pose(2.0, 3.0, 0.0, np.pi / 2)
    wood = builder.material(Material(0, np.zeros(3), np.ones(3)))
    builder.begin(0, pose[:3], pose.yaw)
    builder.add("box", (0, 0, 0.75), (1.0, 0.6, 0.1), wood)
    for x in (-0.45, 0.45):
        for y in (-0.25, 0.25):
            builder.add("box", (x, y, 0.35), (0.1, 0.1, 0.7), wood)
    return builder, pose


def test_a_table_lacks_one_leg_in_each_of_four_ways():
    builder, pose = builder_with_table()
    parts = list(parts_of(builder, 0, pose, (1.0, 0.6, 0.8)))
    assert [round(part.y * 0.6, 6) for part in parts] == [0, -0.25, 0.25, -0.25, 0.25]
    assert [round(part.bottom * 0.8, 6) for part in parts] == [0.7, 0, 0, 0, 0]
    whole = len(builder.bake().faces)
    lacking = list(missing(builder, "table", parts))
    assert [len(mesh.faces) for mesh in lacking] == [whole * 4 // 5] * 4
    gone = {
        tuple(sorted({(round(x, 2), round(y, 2)) for x, y, z in mesh.vertices.tolist() if z < 0.1}))
        for mesh in lacking
    }
    assert len(gone) == 4


def test_a_piece_that_fell_by_90_degrees_lies_on_its_side():
    builder, pose = builder_with_table()
    mesh = builder.bake()
    tip_over(mesh, 0, np.array(pose[:3]), towards=0.0, angle=np.pi / 2)
    # Turned by its yaw it is 60 cm along x: that is its height now, and it reaches 80 cm to +x.
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    assert np.allclose(low, [2.0, 2.5, 0.0], atol=1e-6)
    assert np.allclose(high, [2.8, 3.5, 0.6], atol=1e-6)
    a, b, c = mesh.vertices[mesh.faces.T]
    outward = np.cross(b - a, c - a)
    normals = mesh.surface[:3, mesh.faces[:, 0]].T
    assert (np.einsum("ij,ij->i", outward, normals) > 0).all()


def test_an_unknown_style_is_named(tmp_path):
    with pytest.raises(UserError, match="unknown style 'noon'"):
        write_inspection(tmp_path / "inspection.tar", **(REQUEST | {"style": "noon"}))
    assert not list(tmp_path.iterdir())
