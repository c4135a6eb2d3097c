"""What an evaluation leaves out, cuts short or does otherwise where images are large."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_model, make_subject

from vae_jax.data.dataset import make_dataset
from vae_jax.evaluation import limits
from vae_jax.evaluation.classifier import Judgement
from vae_jax.evaluation.estimators import blocks
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.scorecard import score
from vae_jax.models.likelihoods.binomial import mean_of_trials
from vae_jax.models.likelihoods.discretized_logistic import (
    MOST_STEPS,
    discretized_logistic,
    parameters,
)
from vae_jax.pipeline.evaluate_block import judged_classifier
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import COVERAGE, FD

RNG = np.random.default_rng(0)


def dataset_of(images, labels=None):
    """The images [N, H, W] in [0, 1], the first four fifths to train."""
    cut = len(images) * 4 // 5
    parts = (None, None) if labels is None else (labels[:cut], labels[cut:])
    return make_dataset("toy", images[:cut], images[cut:], *parts, levels=0)


def reference_of(dataset, classifier=None, judgement=None):
    images = {"train": dataset.train, "test": dataset.test}
    return Reference(dataset, images, classifier, judgement)


def test_up_to_28x28_nothing_is_cut():
    for pixels in (1, 64, 784):
        assert limits.compared_images(pixels) == 10_000
        assert limits.evaluated_images(pixels, 10_000) == 10_000
        assert limits.left_out(pixels) == {}
    assert limits.bounded_images(5_000, 784) == 1_000


@pytest.mark.parametrize("side", [32, 64, 128, 256, 512])
def test_work_and_memory_do_not_grow_with_the_images(side):
    """Above the least number of images, which keeps scores scores."""
    pixels = side * side
    count = limits.compared_images(pixels)
    assert count == limits.LEAST or count**2 * pixels <= 10_000**2 * 784
    count = limits.evaluated_images(pixels, 10**6)
    assert count == limits.LEAST or 4 * count * pixels <= 2**29
    assert limits.rows_at_once(pixels) * pixels <= 2**23
    count = limits.bounded_images(5_000, pixels)
    assert count == limits.LEAST_BOUNDED or 5_000 * count * pixels <= limits.DRAWN


def test_a_space_that_costs_too_much_is_left_out_by_name():
    reference = reference_of(dataset_of(RNG.random((60, 33, 33))))
    assert set(reference.spaces) == {"pca"} and set(reference.left_out) == {"raw"}
    estimate = score(reference, reference.train)[FD.within("raw")]
    assert estimate.value is None and estimate.flags == (Flag.TOO_COSTLY,)
    assert estimate.note == "left out: 1,089 pixels are more than 1,024"
    assert set(reference_of(dataset_of(RNG.random((60, 32, 32)))).spaces) == {"pca", "raw"}


def test_scores_that_cannot_judge_the_images_say_so():
    """Copies leave balls without a radius; of noise every score is one."""
    copies = np.repeat(RNG.random((3, 3, 4)), 70, axis=0)
    of_copies = reference_of(dataset_of(RNG.permutation(copies)))
    found = score(of_copies, of_copies.train)[COVERAGE.within("pca")]
    assert found.value is None and found.flags == (Flag.UNSUITED,)
    assert "the training images themselves have a coverage of 0.00" in found.note
    assert of_copies.no_distances
    noise = reference_of(dataset_of(RNG.random((200, 3, 4))))
    assert noise.no_neighbours == noise.no_distances == ""
    assert score(noise, noise.train)[COVERAGE.within("pca")].value > 0.8


@pytest.mark.parametrize(
    "accuracy, chance, usable",
    [(0.55, 0.1, True), (0.54, 0.1, False), (0.75, 0.5, True), (0.74, 0.5, False)],
)
def test_a_classifier_is_used_that_comes_half_way_from_chance(accuracy, chance, usable):
    assert Judgement(1.0, accuracy, chance).usable == usable


def test_labels_that_say_nothing_of_the_images_make_no_space(tmp_path):
    """A classifier of chance is trained, judged and not used: components are the space."""
    images, labels = RNG.random((100, 3, 4)), np.arange(100) % 4
    dataset = dataset_of(images, labels)
    classifier, judgement = judged_classifier(dataset, tmp_path)
    assert classifier is None and judgement.balanced < 0.6 and judgement.chance == 0.25
    reference = reference_of(dataset, classifier, judgement)
    assert reference.main == "pca"
    assert "too little to be the measure of images" in reference.about_main()
    bright = dataset_of(images / 2.0 + (labels[:, None, None] % 2) / 2.0, labels % 2)
    classifier, judgement = judged_classifier(bright, tmp_path / "another")
    assert judgement.balanced == 1.0 and reference_of(bright, classifier).main == "clf"


def test_many_images_are_encoded_in_blocks_as_all_at_once(monkeypatch, pixels):
    model, hparams = make_model(), make_hparams()
    params = model.init(jax.random.key(0), hparams)
    x = jnp.asarray(pixels / 16.0, jnp.float32)
    whole = blocks.encoded(model, params, x, hparams)
    monkeypatch.setattr(blocks, "rows_at_once", lambda pixels: 7)
    parts = blocks.encoded(model, params, x, hparams)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), parts, whole)


def test_the_mean_of_many_levels_is_the_sum_over_them():
    """In closed form from 4,097 levels on: within a hundredth of a level of the sum."""
    levels = MOST_STEPS + 2
    out = jnp.asarray(RNG.normal(scale=2.0, size=(4, 10)), jnp.float32)
    found = np.asarray(discretized_logistic(levels).mean(out))
    centre, log_scale = (
        np.asarray(part, np.float64)
        for part in parameters(jnp.stack(jnp.split(out, 2, axis=-1)))
    )
    n = levels - 1
    steps = (np.arange(n) + 0.5) / n
    z = (centre[..., None] - steps) / np.exp(log_scale)[..., None]
    expected = (0.5 * (1.0 + np.tanh(z / 2.0))).mean(-1)
    np.testing.assert_allclose(found, expected, atol=0.01 / n + 2e-7)


@pytest.mark.parametrize("trials", [16, 60_000])
def test_shares_of_trials_have_the_moments_of_the_binomial(trials):
    """Few trials are drawn one by one, many by their sum: memory does not grow."""
    p = jnp.full(20_000, 0.3)
    drawn = np.asarray(mean_of_trials(jax.random.key(0), trials, p), np.float64)
    sd = np.sqrt(0.3 * 0.7 / trials)
    assert abs(drawn.mean() - 0.3) < 5.0 * sd / np.sqrt(20_000)
    assert drawn.std() == pytest.approx(sd, rel=0.03)
    np.testing.assert_allclose(drawn * trials, np.round(drawn * trials), atol=1e-2)


def test_a_member_is_measured_on_as_many_images_as_its_data_allow(pixels):
    """The flag says where a mean is over the first images alone."""
    dataset = make_dataset("toy", pixels[:30], pixels[30:], None, None, levels=17)
    model, hparams = make_model(), make_hparams()
    member = make_subject(model, model.init(jax.random.key(0), hparams), hparams, dataset)
    assert member.partial("test", 9) == (Flag.PARTIAL,) and member.partial("test", 10) == ()
