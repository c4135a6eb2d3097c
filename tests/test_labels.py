"""Labels: kept apart, missing ones are no class, and nothing is dropped without a word."""

import numpy as np
import pytest
from test_datasets import IMAGES, LABELS, load, save, write_idx

from vae_jax.data.dataset import make_dataset, split_rows
from vae_jax.data.labels import classes
from vae_jax.errors import UserError
from vae_jax.evaluation import classifier
from vae_jax.evaluation.metrics.interpolation import choose_pairs
from vae_jax.evaluation.pictures import chosen_images


def test_labels_beyond_32_bits_stay_apart(tmp_path):
    """10^12 y and 2^40 y: modulo 2^32 the second are all one."""
    for scale in (10**12, 2**40, 1):
        labels = LABELS.astype(np.int64) * scale
        found = load("npz", path=save(tmp_path, images=IMAGES, labels=labels))
        np.testing.assert_array_equal(found.test_labels, labels[split_rows(30)[1]])
        assert len(classes(found.train_labels)) > 2
    labels = np.full(30, 2**63 + 5, np.uint64)
    with pytest.raises(UserError, match=r"labels up to 9223372036854775813; .*2\^63"):
        load("npz", path=save(tmp_path, images=IMAGES, labels=labels))


def toy(train, test):
    images = np.random.default_rng(0).random((len(train) + len(test), 12))
    halves = images[: len(train)], images[len(train) :]
    return make_dataset("toy", *halves, np.array(train), np.array(test), levels=0)


def test_missing_labels_and_unseen_classes_are_told():
    assert toy([0, 1, -7], [1, 0]).notes == ()  # only -1 is no label
    (line,) = toy([0, 1, -1], [1, 0]).notes
    assert "1 of 3 training images have none (-1)" in line
    (line,) = toy([0, 1, 1], [1, 7]).notes
    assert "1 of 2 test images are of classes that no training image has: 7" in line
    (line,) = toy(np.arange(9), np.arange(100, 120)).notes
    assert "20 of 20 test images" in line and "104 and 15 more" in line
    one_sided = make_dataset("toy", IMAGES[:20], IMAGES[20:], LABELS[:20], None, 256)
    assert one_sided.notes == ("labels: the test images have none, so none are used",)


def test_missing_labels_are_no_class_and_do_not_count():
    """The same images with and without unlabelled ones: the same classifier."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 60)
    images = np.clip(rng.random((60, 12)) * 0.4 + 0.6 * y[:, None], 0.0, 1.0)
    whole = make_dataset("toy", images[:40], images[40:], y[:40], y[40:], levels=0)
    noise = rng.random((10, 12))
    unlabelled = make_dataset(
        "toy",
        np.concatenate([images[:40], noise]),
        np.concatenate([images[40:], noise]),
        np.concatenate([y[:40], np.full(10, -1)]),
        np.concatenate([y[40:], np.full(10, -1)]),
        levels=0,
    )
    expected, found = classifier.train(whole), classifier.train(unlabelled)
    assert found.sha256 == expected.sha256
    perfect = classifier.Judgement(accuracy=1.0, balanced=1.0, chance=0.5)
    assert classifier.judge(found, unlabelled) == perfect
    assert classifier.judge(expected, whole) == perfect


def test_images_without_a_label_are_in_no_pair_of_classes():
    """Paths lead from one class to another; an unlabelled image is of none."""
    labels = np.array([0, -1, 1, -1, 1])
    a, b = choose_pairs(IMAGES[:5], labels, np.random.default_rng(0), 50)
    assert len(a) == 50
    assert {*a} | {*b} == {0, 2, 4} and (labels[a] != labels[b]).all()
    a, b = choose_pairs(
        IMAGES[:5], np.array([0, -1, 0, -1, 0]), np.random.default_rng(0), 9
    )
    assert {*a} | {*b} == {0, 1, 2, 3, 4} and (a != b).all()


@pytest.mark.parametrize("train, test", [([0, -1, 0], [0, 0]), ([0, 1, 1], [-1, -1])])
def test_too_few_labels_make_no_classifier(tmp_path, train, test):
    assert classifier.classifier_of(toy(train, test), tmp_path / "none.npz", print) is None


def test_images_without_a_label_are_not_shown_as_a_class():
    assert chosen_images(toy([0, 1], [-1, 4, 4, 2])).tolist() == [3, 1, 0, 2]


def test_labels_under_another_name_are_told(tmp_path):
    write_idx(tmp_path)
    file = tmp_path / "train-labels-idx1-ubyte"
    dotted = file.rename(tmp_path / "train-labels.idx1-ubyte")
    found = load("idx", path=str(tmp_path))
    np.testing.assert_array_equal(found.train_labels, LABELS[:20])
    dotted.rename(tmp_path / "train-labels")
    found = load("idx", path=str(tmp_path))
    assert found.train_labels is None
    assert "no labels: train-labels not read; the name of labels is " in found.notes[0]
    assert "the training images have none" in found.notes[1]


def test_idx_images_under_their_dotted_name_are_read(tmp_path):
    for file in list(write_idx(tmp_path).iterdir()):
        file.rename(tmp_path / file.name.replace("-idx", ".idx"))
    np.testing.assert_array_equal(load("idx", path=str(tmp_path)).test_labels, LABELS[20:])


def test_arrays_that_may_be_labels_are_named(tmp_path):
    path = save(tmp_path, images=IMAGES, targets=LABELS)
    (line,) = load("npz", path=path).notes
    assert "no labels; if one of targets has them, set --config.dataset.labels" in line
    assert load("npz", path=path, labels="targets").train_labels is not None
