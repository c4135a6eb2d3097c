"""The 1,797 handwritten digits that scikit-learn carries: 8x8, integer levels 0..16.

The test file of the UCI "optical recognition of handwritten digits" data (Alpaydin &
Kaynak, 1998). A random split puts the same 13 writers on both sides: "test" here is
easier than new writers would be.
"""

import numpy as np
from sklearn.datasets import load_digits

from vae_jax.data.dataset import Dataset, make_dataset, split_rows
from vae_jax.data.display import INK


def digits() -> Dataset:
    """1,437 training and 360 test images."""
    source = load_digits()
    images, labels = source.images.astype(np.uint8), source.target.astype(np.int32)
    train, test = split_rows(len(images))
    return make_dataset(
        *("digits", images[train], images[test], labels[train], labels[test]),
        levels=17,
        display=INK,
    )
