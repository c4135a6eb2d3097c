"""Metrics on models and images whose true values are known."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_spec, make_subject
from scipy.spatial.distance import cdist
from sklearn.metrics import balanced_accuracy_score
from spelled import by_text

from vae_jax.data.dataset import make_dataset
from vae_jax.errors import UserError
from vae_jax.evaluation.classifier import classifier_of, judge, train
from vae_jax.evaluation.generators import generators
from vae_jax.evaluation.metrics.aggregate import aggregate
from vae_jax.evaluation.metrics.ais import ais
from vae_jax.evaluation.metrics.collapse import collapse
from vae_jax.evaluation.metrics.exact import exact
from vae_jax.evaluation.metrics.holes import holes
from vae_jax.evaluation.metrics.information import information
from vae_jax.evaluation.metrics.interpolation import interpolation
from vae_jax.evaluation.metrics.iwae import iwae
from vae_jax.evaluation.metrics.rate_distortion import rate_distortion
from vae_jax.evaluation.metrics.samples import samples
from vae_jax.evaluation.pictures import SAMPLES, chosen_images, pictures
from vae_jax.evaluation.scorecard import score
from vae_jax.models.likelihoods.gaussian import gaussian
from vae_jax.models.model import build_model
from vae_jax.scores.estimate import Estimate
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import (
    DISTORTION_PLUS_RATE,
    HOLE_DENSITY,
    KL_KDE,
    MUTUAL_INFORMATION,
    RATE,
)
from vae_jax.types import Posterior

NOISE = 0.5
W = jnp.array([[1.0, 0.2, -0.4], [-0.5, 0.8, 0.3]])  # [K, D]
INVERSE = jnp.linalg.pinv(W)  # [D, K]
LOG_VAR = jnp.array([-1.0, 0.3])


def linear_subject(codes, noise=1.0, shift=0.0, labels=None, log_var=LOG_VAR):
    """q(z|x) = N(x W^+ + shift, diag s^2), p(x|z) = N(z W, 0.5^2), images z W of `codes`.

    Every term has a closed form; an image without shift is decoded to itself.
    """
    images = np.asarray(codes @ np.asarray(W), np.float32)
    half = len(images) // 2
    parts = (None, None) if labels is None else (labels[:half], labels[half:])
    dataset = make_dataset("toy", images[:half], images[half:], *parts, levels=0)

    def encode(params, x, hparams):
        spread = jnp.tile(log_var[None], (len(x), 1))
        return Posterior(x @ INVERSE + shift, spread)

    model = build_model(make_spec(max_latents=2, data_shape=(3,)))
    model = model._replace(
        encode=encode, decode=lambda p, z: z @ W, likelihood=gaussian(0, sigma=NOISE)
    )
    hparams = make_hparams(latents=2, max_latents=2, noise=noise)
    return make_subject(model, {}, hparams, dataset)


@pytest.fixture(scope="module")
def normal_codes():
    return np.random.default_rng(0).normal(size=(800, 2))


def test_a_function_is_compiled_once_for_all_threads(normal_codes):
    """By eight threads, of two members that share it; two shapes are two programs."""
    subjects = [linear_subject(normal_codes[:100]) for _ in range(2)]
    subjects[1].compiled = subjects[0].compiled
    traced, together = [], threading.Barrier(8)

    def double(model, params, x, hparams):
        traced.append(x.shape)
        time.sleep(0.2)  # the others have come by then
        return 2.0 * x

    def call(i):
        together.wait()
        x = jnp.full((3 + i % 4 // 2, 2), float(i))
        return subjects[i % 2].run(double, x) - 2.0 * i

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(call, range(8)))
    assert sorted(traced) == [(3, 2), (4, 2)]
    assert [f.shape for f in found] == 2 * [(3, 2), (3, 2), (4, 2), (4, 2)]
    assert not any(f.any() for f in found)


def test_what_cannot_be_compiled_is_said_to_all_who_ask(normal_codes):
    subject = linear_subject(normal_codes[:10])

    def fails(model, params, hparams):
        raise UserError("no such thing")

    for _ in range(2):
        with pytest.raises(UserError, match="no such thing"):
            subject.run(fails)


def test_rate_and_distortion_of_a_linear_gaussian_model(normal_codes):
    subject = linear_subject(normal_codes[:100])
    found = rate_distortion(samples=4_000)(subject)
    x = np.float64(subject.images["test"])
    q = subject.model.encode({}, jnp.asarray(x, jnp.float32), None)
    variance, w, mean = np.exp(np.float64(q.log_var)), np.float64(W), np.float64(q.mean)
    square = ((x - mean @ w) ** 2).sum(1) + variance @ (w**2).sum(1)
    constant = 1.5 * np.log(2 * np.pi * NOISE**2)
    distortion = constant + square / (2 * NOISE**2)
    rate = 0.5 * (mean**2 + variance - 1 - np.log(variance)).sum(1)
    value = {key.name: e.value for (split, key), e in found.items() if split == "test"}
    # 50 images of 4,000 draws with a spread of about 4 nats: 5 standard errors.
    np.testing.assert_allclose(value["distortion"], distortion.mean(), atol=0.05)
    np.testing.assert_allclose(value["rate"], rate.mean(), rtol=1e-5)
    total = value["distortion"] + value["rate"]
    np.testing.assert_allclose(value["distortion_plus_rate"], total, rtol=1e-6)
    stderr = rate.std(ddof=1) / np.sqrt(50)
    np.testing.assert_allclose(found["test", RATE].stderr, stderr, rtol=1e-4)
    at_mean = constant + ((x - mean @ w) ** 2).sum(1) / (2 * NOISE**2)
    np.testing.assert_allclose(value["distortion_at_mean"], at_mean.mean(), rtol=1e-5)


def test_collapse_counts_and_names_dimensions(normal_codes):
    """Dimension 0 says nothing: N(0, 1) for every image but for 0.01 nat."""
    codes = normal_codes * np.array([0.05, 1.0])
    subject = linear_subject(codes, log_var=jnp.array([0.0, -2.0]))
    found = by_text(collapse()(subject))
    assert found["test", "active_units"].value == 1.0
    judged = found["test", "collapsed_units"]
    assert judged == Estimate(1.0, note="partial: dimension 0")
    mean = np.float64(subject.images["test"] @ INVERSE)
    rate = 0.5 * (mean**2).mean(0) + 0.5 * np.array([0.0, np.exp(-2.0) + 2.0 - 1.0])
    for k in (0, 1):
        np.testing.assert_allclose(found["test", f"rate_dim_{k}"].value, rate[k], rtol=1e-4)
        slope = found["test", f"sensitivity_dim_{k}"]
        np.testing.assert_allclose(slope.value, np.linalg.norm(W[k]), rtol=1e-5)


def test_the_parts_of_the_rate_sum_to_it(normal_codes):
    subject = linear_subject(normal_codes)
    found = by_text(information(samples=4)(subject) | rate_distortion(samples=1)(subject))
    value = lambda name: found["train", name].value
    parts = value("total_correlation") + value("dimensionwise_kl")
    np.testing.assert_allclose(parts, value("aggregate_kl"), rtol=1e-9)
    total = value("mutual_information") + value("aggregate_kl")
    np.testing.assert_allclose(total, value("rate"), rtol=1e-5)
    assert 0.0 < value("mutual_information") < value("log_n") == np.log(400)


def test_the_exact_likelihood_is_the_gaussian_one(normal_codes):
    """x ~ N(0, W^T W + 0.25 I); the bound is below it, and its name says how many draws."""
    subject = linear_subject(normal_codes[:40])
    found = by_text(exact(nodes=281)(subject) | iwae(samples=2_000)(subject))
    x, w = np.float64(subject.images["test"]), np.float64(W)
    cov = w.T @ w + NOISE**2 * np.eye(3)
    nll = 0.5 * (np.einsum("ni,ij,nj->n", x, np.linalg.inv(cov), x))
    nll = (nll + 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]).mean()
    assert abs(found["test", "nll_exact"].value - nll) < 1e-3
    assert nll - 0.05 < found["test", "nll_iwae_2000"].value < nll + 0.1
    bits = found["test", "bits_per_dim_exact"].value
    np.testing.assert_allclose(bits, nll / (3 * np.log(2)), rtol=1e-3)


def test_a_cross_entropy_is_not_called_a_likelihood(pixels):
    """Bernoulli on grey levels; on two levels it is one."""
    for levels, name in ((17, "cross_entropy_iwae_50"), (2, "nll_iwae_50")):
        data = np.asarray(pixels > 8 if levels == 2 else pixels, np.uint8)
        dataset = make_dataset("toy", data, data[:10], None, None, levels=levels)
        model, hparams = build_model(make_spec(levels=levels)), make_hparams()
        params = model.init(jax.random.key(0), hparams)
        found = by_text(iwae(samples=50)(make_subject(model, params, hparams, dataset)))
        numbers = {n for _, n in found if not n.startswith(("ess", "bits"))}
        assert numbers == {name}
        assert (Flag.NO_LIKELIHOOD in found["test", name].flags) == (levels == 17)
        assert ("no likelihood" in found["test", name].note) == (levels == 17)
        assert (("test", "bits_per_dim_iwae_50") in found) == (levels == 2)
        plain = make_subject(model, params, make_hparams(beta=0.0, noise=0.0), dataset)
        (place, lacking) = next(iter(by_text(iwae(samples=50)(plain)).items()))
        assert place == ("test", name) and lacking.value is None and lacking.note


@pytest.mark.parametrize("name", ["gaussian", "continuous_bernoulli"])
@pytest.mark.parametrize("levels", [17, 2, 0])
def test_a_density_of_whole_levels_is_not_called_a_likelihood(pixels, name, levels):
    """Of grey and of binary images; of floats it is one."""
    data = {17: pixels, 2: pixels > 8, 0: pixels / 16.5}[levels]
    data = np.asarray(data, np.uint8 if levels else np.float32)
    dataset = make_dataset("toy", data, data[:10], None, None, levels=levels)
    spec = make_spec(levels=levels, likelihood={"name": name})
    model, hparams = build_model(spec), make_hparams()
    subject = make_subject(model, model.init(jax.random.key(0), hparams), hparams, dataset)
    found = by_text(rate_distortion(samples=2)(subject) | iwae(samples=5)(subject))
    flagged = {n for (_, n), e in found.items() if Flag.NO_LIKELIHOOD in e.flags}
    of_p = {"distortion", "distortion_at_mean", "distortion_plus_rate"}
    assert flagged == (of_p | {"neg_log_density_iwae_5"} if levels else set())
    assert (("test", "bits_per_dim_iwae_5") in found) == (levels == 0)
    assert (("test", "nll_iwae_5") in found) == (levels == 0)


def test_what_an_autoencoder_cannot_have_says_why(normal_codes):
    subject = linear_subject(normal_codes[:100], noise=0.0)
    found = rate_distortion(samples=1)(subject) | iwae(samples=5)(subject)
    found |= information()(subject) | collapse()(subject)
    empty = {key: e for (_, key), e in found.items() if e.value is None}
    assert {e.note for e in empty.values()} == {"an autoencoder has no posterior"}
    assert {e.flags for e in empty.values()} == {(Flag.NO_POSTERIOR,)}
    assert {RATE, DISTORTION_PLUS_RATE, MUTUAL_INFORMATION} <= empty.keys()
    half = linear_subject(normal_codes[:100], noise=0.5)
    lacking = rate_distortion(samples=1)(half)["test", RATE]
    assert lacking.flags == (Flag.NO_POSTERIOR,)
    assert lacking.note.startswith("trained with posterior noise of scale 0.5")


def test_codes_that_are_the_prior_match_it_and_others_do_not(normal_codes):
    """Posterior spread included: a quarter of the variance is the posterior's."""
    quarter = jnp.log(jnp.array([0.25, 0.25]))
    same = linear_subject(normal_codes * np.sqrt(0.75), log_var=quarter)
    far = linear_subject(normal_codes * np.sqrt(0.75), log_var=quarter, shift=1.0)
    near, off = (by_text(aggregate()(subject)) for subject in (same, far))
    for name in ("mmd_rbf", "mmd_fixed", "mmd_imq"):
        assert near["test", f"{name}_p"].value > 0.01
        assert off["test", f"{name}_p"].value < 0.01
    assert abs(near["test", "c2st_knn"].value - 0.5) < 0.1
    assert off["test", "c2st_knn"].value > 0.7
    # KL of the moments: a shift of 1 in both dimensions costs 1 nat.
    for name in (("test", "kl_moments"), ("train", "kl_kde")):
        assert abs(near[name].value) < 0.15
        assert abs(off[name].value - near[name].value - 1.0) < 0.2


def test_codes_without_a_density_have_no_kernel_kl(normal_codes):
    flat = linear_subject(normal_codes * np.array([1.0, 0.0]), noise=0.0)
    found = aggregate(permutations=20)(flat)["train", KL_KDE]
    assert found.value is None and found.flags == (Flag.NOT_APPLICABLE,)
    assert "no density" in found.note


def test_holes_are_where_there_are_no_codes(normal_codes):
    """Codes on the prior: 5 %, by definition; codes far away: everywhere."""
    tight = jnp.log(jnp.array([1e-4, 1e-4]))
    near = holes()(linear_subject(normal_codes, log_var=tight))["test", HOLE_DENSITY]
    assert abs(near.value - 0.05) < 0.04
    far = linear_subject(normal_codes, log_var=tight, shift=8.0)
    assert holes()(far)["test", HOLE_DENSITY].value > 0.99


def test_straight_paths_of_a_linear_decoder_are_straight(normal_codes):
    found = by_text(interpolation(pairs=50)(linear_subject(normal_codes)))
    for name in ("path_energy@lerp", "path_length@lerp", "path_energy@crossfade"):
        np.testing.assert_allclose(found["test", name].value, 1.0, rtol=1e-4)
    assert found["test", "path_length@slerp"].value > 1.02


def test_the_gap_is_what_a_fitted_sampler_repairs(normal_codes):
    """Codes far from the prior: the prior's samples are off, a Gaussian's are the data."""
    subject = linear_subject(normal_codes * 0.5 + 4.0, log_var=jnp.log(jnp.full(2, 1e-4)))
    found = by_text(samples()(subject))
    value = lambda name: found["test", name].value
    assert value("off_manifold99@prior") > 0.9 > 0.1 > value("off_manifold99@gaussian")
    assert value("coverage_pca@prior") < 0.1 and value("coverage_pca@gaussian") > 0.85
    fitted = {n: value(f"fd_pca@{n}") for n in ("gaussian", "mixture", "kde")}
    best = min(fitted, key=fitted.get)
    assert found["test", "gap_fd"].note == f"best: {best}"
    gap = value("fd_pca@prior") - fitted[best]
    np.testing.assert_allclose(value("gap_fd"), gap, rtol=1e-9)
    penalty = value("fd_pca@prior") - value("fd_pca@aggregate")
    np.testing.assert_allclose(value("prior_penalty"), penalty, rtol=1e-9)
    halves = [np.array(found["test", f"fd_pca@{n}"].halves) for n in ("prior", best)]
    np.testing.assert_allclose(found["test", "gap_fd"].halves, halves[0] - halves[1])


def test_sample_scores_match_brute_force():
    """off_manifold99, authenticity and coverage from full distance matrices."""
    rng = np.random.default_rng(1)
    train, test, far = (rng.uniform(size=(n, 6)).astype("f4") for n in (200, 60, 600))
    far[:200] += 2.0
    dataset = make_dataset("toy", train, test, None, None, levels=0)
    model, hparams = build_model(make_spec(data_shape=(6,), levels=0)), make_hparams()
    params = model.init(jax.random.key(0), hparams)
    reference = make_subject(model, params, hparams, dataset).reference
    far = np.float64(far)
    scores = score(reference, far)
    scores = {str(key): estimate for key, estimate in scores.items()}
    found = {name: estimate.value for name, estimate in scores.items()}
    distance = cdist(far, train)
    stray = np.percentile(cdist(test, train).min(1), 99)
    assert found["off_manifold99"] == (distance.min(1) > stray).mean()
    own = cdist(train, train) + 1e9 * np.eye(200)
    authentic = distance.min(1) > own.min(1)[distance.argmin(1)]
    assert found["authenticity"] == authentic.mean()
    read = reference.spaces["pca"]
    real = read(np.float64(test))
    radius = np.sort(cdist(real, real), axis=1)[:, 5]  # column 0 is the image itself
    sets = [read(far[i : i + 60]) for i in range(0, 600, 60)]
    covered = [(cdist(real, some).min(1) < radius).mean() for some in sets]
    np.testing.assert_allclose(found["coverage_pca"], np.mean(covered), rtol=1e-9)
    halves = []
    for rows in reference.halves:  # of the images, against 30 of each of the first two sets
        half = real[rows]
        radius = np.sort(cdist(half, half), axis=1)[:, 5]
        halves.append(
            np.mean([(cdist(half, s[:30]).min(1) < radius).mean() for s in sets[:2]])
        )
    np.testing.assert_allclose(scores["coverage_pca"].halves, halves, rtol=1e-9)


@pytest.fixture(scope="module")
def digits_scores(tmp_path_factory):
    """The scores of the reference generators on the digits."""
    from vae_jax.data.sources.digits import digits

    dataset = digits()
    classifier = classifier_of(
        dataset, tmp_path_factory.mktemp("none") / "unused.npz", print
    )
    model, hparams = build_model(make_spec(data_shape=(8, 8))), make_hparams()
    params = model.init(jax.random.key(0), hparams)
    reference = make_subject(model, params, hparams, dataset, classifier).reference
    return {
        name: {str(key): e.value for key, e in score(reference, images).items()}
        for name, images in generators(reference).items()
    }


def test_the_shipped_classifier_is_the_one_that_is_recorded(tmp_path):
    from vae_jax.data.sources.digits import digits

    found = classifier_of(digits(), tmp_path / "unused.npz", print)
    assert found.sha256.startswith("85f6ff6d3387551")
    judgement = judge(found, digits())
    assert judgement.accuracy == 356 / 360 and judgement.chance == 0.1
    x, labels = digits().test / 16.0, digits().test_labels
    p = found.probabilities(found.features(x))
    assert (p.argmax(1) == labels).mean() == judgement.accuracy
    assert judgement.balanced == balanced_accuracy_score(labels, p.argmax(1))
    np.testing.assert_allclose(p.sum(1), 1.0)


def test_the_classifier_of_other_images_is_kept(tmp_path):
    """Trained once, and said: the second time it is read, and is the same."""
    said = []
    rng = np.random.default_rng(0)
    labels = np.arange(200, dtype=np.int32) % 2
    x = (rng.uniform(size=(200, 6)) / 2 + labels[:, None] / 2).astype("f4")
    dataset = make_dataset("toy", x[:150], x[150:], labels[:150], labels[150:], levels=0)
    first = classifier_of(dataset, tmp_path / "classifier.npz", said.append)
    before = (tmp_path / "classifier.npz").stat().st_mtime_ns
    second = classifier_of(dataset, tmp_path / "classifier.npz", said.append)
    assert (tmp_path / "classifier.npz").stat().st_mtime_ns == before
    assert first.sha256 == second.sha256 == train(dataset).sha256
    assert judge(first, dataset).accuracy > 0.9
    assert len(said) == 1 and "training a classifier of the 2 labels" in said[0]
    unlabelled = dataset._replace(train_labels=None)
    assert classifier_of(unlabelled, tmp_path / "none.npz", print) is None


def test_the_ends_of_every_scale(digits_scores):
    """The data scores as data, and neither bad generator can pass for good.

    Frechet distances of the training images in pixel spaces: METRICS of an independent
    study, 0.0399 and 0.0918.
    """
    data, one, noise = (
        digits_scores[n] for n in ("training images", "mean image", "shuffled pixels")
    )
    assert abs(data["fd_pca"] - 0.0399) < 5e-4 and abs(data["fd_raw"] - 0.0918) < 5e-4
    assert data["coverage_clf"] > 0.94 and data["precision_clf"] > 0.92
    assert data["authenticity"] == 0.0 and data["closer_rank"] == 1.0  # copies
    assert one["precision_clf"] == 1.0 and one["off_manifold99"] == 0.0  # passes, but
    assert one["coverage_clf"] < 0.02 and one["class_tv"] > 0.85  # these say no
    assert noise["off_manifold99"] > 0.5 and noise["coverage_clf"] < 0.6
    for bad in (one, noise):
        assert bad["fd_clf"] > 10 * data["fd_clf"] and bad["kid_clf"] > 0.3


def test_pictures_show_what_they_say(pixels):
    model, hparams = build_model(make_spec()), make_hparams(latents=3)
    params = model.init(jax.random.key(0), hparams)
    x = model.unit(jnp.asarray(pixels))
    found = pictures(model, params, x[:4], x, jax.random.key(1), hparams)
    codes = model.encode(params, x[:4], hparams).mean
    decoded = jax.nn.sigmoid(model.decode(params, codes))
    np.testing.assert_allclose(found["reconstructions"], decoded, rtol=1e-5)
    np.testing.assert_allclose(found["interpolation"][0], decoded[0], rtol=1e-5)
    z = model.prior.sample(jax.random.key(1), hparams, SAMPLES)
    drawn = jax.nn.sigmoid(model.decode(params, z))
    np.testing.assert_allclose(found["samples"], drawn, rtol=1e-5)
    np.testing.assert_allclose(found["interpolation"][-1], decoded[-1], rtol=1e-5)
    half = jax.nn.sigmoid(model.decode(params, (codes[:1] + codes[-1:]) / 2))
    np.testing.assert_allclose(found["interpolation"][5], half[0], rtol=1e-5)


def test_pictures_choose_one_image_of_each_label(pixels):
    labels = np.array([2, 0, 0, 1, 2, 1], np.int32)
    dataset = make_dataset("toy", pixels, pixels[:6], None, labels, levels=17)
    assert list(chosen_images(dataset)) == [1, 3, 0, 2, 4, 5]
    unlabelled = make_dataset("toy", pixels, pixels[:6], None, None, levels=17)
    assert list(chosen_images(unlabelled)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "make, settings, message",
    [
        (iwae, {"samples": 0}, "iwae.samples: 0 is not 1 or more"),
        (ais, {"temperatures": 1}, "ais.temperatures: 1 is not 2 or more"),
        (exact, {"nodes": 30}, "exact.nodes: 30 is not an odd number"),
        (samples, {"samplers": "prior"}, "samplers: 'prior' is no list"),
        (samples, {"samplers": ["prior", "x"]}, "samplers.name: 'x' is not known"),
        (samples, {"samplers": ["kde", {"name": "kde"}]}, "one is there twice"),
    ],
)
def test_wrong_settings_are_named(make, settings, message):
    with pytest.raises(UserError, match=message):
        make(**settings)
