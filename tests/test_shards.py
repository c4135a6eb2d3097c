"""Rows in files against the same rows in an array."""

import numpy as np
import pytest

from vae_jax.data.dataset import content_hash
from vae_jax.data.shards import Shards
from vae_jax.errors import UserError

ROWS = np.random.default_rng(0).integers(0, 2**16, (53, 7)).astype(np.uint16)


@pytest.fixture
def shards(tmp_path):
    files = [tmp_path / f"{i}.npy" for i in range(6)]
    for i, file in enumerate(files):
        np.save(file, ROWS[10 * i : 10 * i + 10])
    return Shards(files, 10, len(ROWS), 7, np.uint16)


def test_rows_and_slices_are_those_of_an_array(shards):
    rng = np.random.default_rng(1)
    assert (shards.shape, len(shards), shards.nbytes) == (ROWS.shape, 53, ROWS.nbytes)
    for rows in (slice(None), slice(3, 3), slice(5, 41, 4), slice(-3, None)):
        np.testing.assert_array_equal(shards[rows], ROWS[rows])
    for count in (0, 1, 200):
        rows = rng.integers(0, 53, count)
        np.testing.assert_array_equal(shards[rows], ROWS[rows])


def test_views_of_views_read_nothing_until_they_are_asked(shards):
    rng = np.random.default_rng(2)
    told = []
    shards.used = lambda: told.append(1)
    first, second = rng.permutation(53)[:40], rng.permutation(40)[:13]
    view = shards.view(first).view(second)
    assert told == [] and view.shape == (13, 7)
    np.testing.assert_array_equal(view[:], ROWS[first][second])
    np.testing.assert_array_equal(view[np.array([4, 4])], ROWS[first][second][[4, 4]])
    assert len(told) == 2


def test_the_hash_is_that_of_the_array(shards, monkeypatch):
    monkeypatch.setattr("vae_jax.data.dataset.HASHED", 9)
    assert content_hash(shards, None) == content_hash(ROWS, None)
    order = np.arange(53)[::-1]
    assert content_hash(shards.view(order)) == content_hash(ROWS[::-1])


@pytest.mark.parametrize("damage", [lambda f: f.unlink(), lambda f: f.write_bytes(b"no")])
def test_a_file_that_is_gone_or_damaged_is_one_line(shards, damage):
    damage(shards.files[2])
    np.testing.assert_array_equal(shards[:20], ROWS[:20])
    with pytest.raises(UserError, match=r"2\.npy: .* the same command makes them anew"):
        shards[25:26]
