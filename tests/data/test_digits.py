"""The digits that ship with the course: all there, the same every time, with their source and licence."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from autodiff_lessons import load_digits


def test_the_split_is_the_same_every_time() -> None:
    one, other = load_digits(), load_digits()
    assert [part.shape for part in one] == [(1437, 64), (1437,), (360, 64), (360,)]
    assert all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


def test_no_held_out_image_is_among_the_others() -> None:
    digits = load_digits()
    learnt = {image.tobytes() for image in digits.images}
    assert not [image for image in digits.held_out_images if image.tobytes() in learnt]


def test_each_digit_is_there_about_as_often() -> None:
    digits = load_digits()
    assert np.bincount(digits.labels).min() >= 130
    assert np.bincount(digits.held_out_labels).min() >= 25
    assert (digits.images.min(), digits.images.max()) == (0.0, 1.0)


def test_the_rows_are_images_of_what_their_labels_say() -> None:
    """A zero has a hole in its middle, and the mean one has most ink there."""
    digits = load_digits()
    middle = digits.images.reshape(-1, 8, 8)[:, 3:5, 3:5].mean(axis=(1, 2))
    assert middle[digits.labels == 0].mean() < 0.1
    assert middle[digits.labels == 1].mean() > 0.6


def test_source_and_licence_stand_beside_the_data() -> None:
    folder = files("autodiff_lessons.data")
    said = (folder / "digits_licence.txt").read_text(encoding="utf-8")
    for needed in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "Changes:"):
        assert needed in said
    assert len((folder / "digits.npz").read_bytes()) < 60_000
