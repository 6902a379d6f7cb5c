import numpy as np

from polytask.data.pascal.context import NORMALS_CLASSES, boundaries, trusted_normals


def test_normals_are_trusted_on_the_170_classes_that_nyu_has_too() -> None:
    assert len(NORMALS_CLASSES) == 170
    wall, person, floor, tvmonitor = 440, 284, 158, 427
    assert {wall, person, floor, tvmonitor} <= NORMALS_CLASSES
    unknown, sky, aeroplane, pottedplant, unlabelled = 431, 360, 2, 308, 0
    assert not NORMALS_CLASSES & {unknown, sky, aeroplane, pottedplant, unlabelled}


def test_a_straight_boundary_is_one_pixel_wide() -> None:
    classes = np.repeat([[7, 7, 7, 9, 9, 9]], 8, axis=0)
    found = boundaries(classes)
    assert found.dtype == np.uint8
    assert not found[:, [0, 1, 4, 5]].any()  # the Laplacian is zero there
    assert (found[2:6, 2:4].sum(axis=1) == 1).all()


def test_numbers_that_balance_make_no_boundary() -> None:
    assert boundaries(np.repeat([[1, 2, 3]], 5, axis=0))[:, 1].sum() == 0


def test_one_class_has_no_boundary_not_even_at_the_border() -> None:
    assert not boundaries(np.full((5, 7), 440)).any()


def test_untrusted_normals_are_the_grey_that_means_invalid() -> None:
    normals = np.arange(12, dtype=np.uint8).reshape(1, 4, 3)
    kept = trusted_normals(normals, np.array([[440, 360, 0, 284]]))
    assert kept.shape == (3, 1, 4)
    assert kept[:, 0].T.tolist() == [[0, 1, 2], [128, 128, 128], [128, 128, 128], [9, 10, 11]]
