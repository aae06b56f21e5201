"""Handwritten digits, 8x8 pixels, of E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository.

DOI 10.24432/C50P49, under CC BY 4.0 (digits_licence.txt).
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

DARKEST = 16  # a pixel counts the inked ones among the 4x4 that it was made of
EVERY = 5  # of so many digits the first is held out


class Digits(NamedTuple):
    """Images as rows of 64 numbers, from 0 (paper) to 1 (ink), and the digit that each shows.

    The held-out ones are for judging a network that was trained on the others. Both come from the same 13 writers.
    """

    images: Any  # (1437, 64)
    labels: Any  # (1437,)
    held_out_images: Any  # (360, 64)
    held_out_labels: Any  # (360,)


def load_digits() -> Digits:
    """1437 digits to train on and 360 to judge by: every fifth is held out, the same ones every time."""
    with np.load(str(files("autodiff_lessons.data") / "digits.npz")) as stored:
        images, labels = stored["images"] / DARKEST, stored["labels"].astype(int)
    held_out = np.arange(len(labels)) % EVERY == 0
    return Digits(images[~held_out], labels[~held_out], images[held_out], labels[held_out])
