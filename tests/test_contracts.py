"""What every method of every kind must satisfy. A new one gets these for free.

`experiments/contracts.py` runs them on a method of a user's own.
"""

import functools
import inspect
import math
import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import compiled, make_hparams, make_model, make_subject, of_network

from vae_jax import registry
from vae_jax.data.dataset import make_dataset
from vae_jax.errors import UserError
from vae_jax.evaluation.classifier import train
from vae_jax.registry import METHODS
from vae_jax.scores import catalogue
from vae_jax.scores.entries import ENTRIES
from vae_jax.scores.flag import Flag
from vae_jax.types import Posterior

OWN_KIND, _, OWN_NAME = os.environ.get("VAE_JAX_ENTRY", "").partition("=")


def methods(kind):
    """Those to try: all of the registry, or the user's own alone."""
    if OWN_KIND:
        return [OWN_NAME] if kind == OWN_KIND else []
    return list(METHODS[kind])


def own(kind):
    """Whose declared numbers the hyperparameters have: a user's own, or the usual ones."""
    return {kind: OWN_NAME} if kind == OWN_KIND else {}


EVERY = [(kind, name) for kind in METHODS for name in methods(kind)]
BUILT = [(kind, name) for kind, name in EVERY if kind != "certificate"]


@pytest.mark.parametrize("kind, name", EVERY)
def test_entries_are_documented_factories(kind, name):
    make = registry.factory(kind, name)
    assert inspect.getdoc(make)
    assert inspect.getdoc(inspect.getmodule(make))


@pytest.mark.parametrize("kind", METHODS)
def test_unknown_names_list_what_exists(kind):
    label = registry.label_of(kind)
    with pytest.raises(UserError, match=f"{label}.name: 'nope'.*{min(METHODS[kind])}"):
        registry.build(kind, {"name": "nope"})


@pytest.mark.parametrize("kind, name", [b for b in BUILT if b != ("dataset", "path")])
def test_unknown_settings_are_named(kind, name):
    """What lies at a path names them by the source that reads it (`test_path.py`)."""
    context = {"levels": LEVELS} if kind == "likelihood" else {}
    with pytest.raises(UserError, match=r"wrong: .* no such setting"):
        registry.build(kind, {"name": name, "wrong": 1}, **context)


def needs_nothing(name):
    """Whether a data set can be had without settings."""
    settings = inspect.signature(registry.factory("dataset", name)).parameters.values()
    return all(setting.default is not setting.empty for setting in settings)


@pytest.mark.parametrize("name", [n for n in methods("dataset") if needs_nothing(n)])
def test_dataset_is_what_its_record_says(name):
    """Rows of stored pixels in their range, labels beside them, the same every time."""
    dataset, again = (registry.build("dataset", {"name": name}) for _ in range(2))
    assert dataset.sha256 == again.sha256
    pixels = int(np.prod(dataset.shape))
    for rows, labels in (
        (dataset.train, dataset.train_labels),
        (dataset.test, dataset.test_labels),
    ):
        assert rows.shape[1:] == (pixels,) and rows.min() >= 0
        assert rows.max() <= (dataset.levels - 1 if dataset.levels else 1)
        assert np.issubdtype(rows.dtype, np.integer) == bool(dataset.levels)
        assert labels is None or labels.shape == rows.shape[:1]


LEVELS = 17  # of the pixels that likelihoods are tried on
CONTEXT = {"data_shape": (3, 4), "levels": LEVELS, "latents": 5}  # what a program offers


@pytest.fixture(params=methods("likelihood"))
def likelihood(request):
    record = registry.build("likelihood", {"name": request.param}, **CONTEXT)
    return compiled(record, "log_prob", "mean", "fit")


def outputs(likelihood, n=3, d=4, scale=2.0):
    width = likelihood.channels * d + len(likelihood.shared)
    return scale * jax.random.normal(jax.random.key(1), (n, width))


def values(likelihood):
    """Every value of a pixel, or a grid of them, and the weight of each in a sum to 1."""
    if likelihood.support == "binary":
        return np.array([0.0, 1.0]), np.ones(2)
    if likelihood.support == "levels":
        return np.arange(LEVELS) / (LEVELS - 1), np.ones(LEVELS)
    low, high = {"unit": (0.0, 1.0), "real": (-400.0, 400.0)}[likelihood.support]
    nodes, weights = np.polynomial.legendre.leggauss(64)
    edges = np.linspace(low, high, 401)
    half = np.diff(edges) / 2
    grid = (edges[:-1] + half)[:, None] + half[:, None] * nodes[None]
    return grid.ravel(), (half[:, None] * weights[None]).ravel()


def test_likelihood_sums_to_one(likelihood):
    """Over all values of a pixel: a mass by its sum, a density by its integral."""
    x, weight = values(likelihood)
    for scale in (0.0, 1e-3, 1.0, 3.0):
        for row in outputs(likelihood, d=1, scale=scale):
            many = jnp.broadcast_to(row[None], (len(x), len(row)))
            log_p = likelihood.log_prob(many, jnp.asarray(x, jnp.float32)[:, None])
            total = (np.exp(np.float64(log_p)) * weight).sum()
            np.testing.assert_allclose(total, 1.0, rtol=2e-5)


def test_likelihood_is_finite_for_any_output(likelihood):
    x = jnp.array([[0.0, 0.25, 0.5, 1.0]] * 3)
    total = lambda out: likelihood.log_prob(out, x).sum()
    value_and_slope = jax.jit(jax.value_and_grad(total))
    for scale in (0.0, 1.0, 90.0, 1e4):
        value, slope = value_and_slope(outputs(likelihood, scale=scale))
        assert jnp.isfinite(value) and jnp.isfinite(slope).all()


@pytest.mark.slow
def test_likelihood_samples_have_its_mean(likelihood):
    out, n = outputs(likelihood, n=1), 20_000
    sample = jax.jit(jax.vmap(likelihood.sample, (0, None)))
    draws = np.float64(sample(jax.random.split(jax.random.key(2), n), out))
    error = draws.mean(0) - likelihood.mean(out)
    bound = 5 * draws.std(0) / np.sqrt(n) + 1e-6  # 5 standard errors: p < 1e-5 over 4
    assert (np.abs(error) < bound).all()


@pytest.mark.slow
def test_likelihood_samples_have_its_density(likelihood):
    """E -log p of samples is the entropy, summed or integrated over all values."""
    out, n = outputs(likelihood, n=1, d=1), 20_000
    sample = jax.jit(jax.vmap(likelihood.sample, (0, None)))
    draws = sample(jax.random.split(jax.random.key(3), n), out)[:, 0]
    tiled = jnp.broadcast_to(out, (n, out.shape[1]))
    drawn = -np.float64(likelihood.log_prob(tiled, draws))
    x, weight = values(likelihood)
    tiled = jnp.broadcast_to(out, (len(x), out.shape[1]))
    log_p = np.float64(likelihood.log_prob(tiled, jnp.asarray(x, jnp.float32)[:, None]))
    entropy = -(np.exp(log_p) * np.maximum(log_p, -1e30) * weight).sum()
    bound = 5 * drawn.std() / np.sqrt(n) + 1e-4
    np.testing.assert_allclose(drawn.mean(), entropy, atol=bound)


@pytest.mark.slow
def test_likelihood_fit_is_a_maximum(likelihood):
    x, _ = values(likelihood)
    inside = x[(x >= 0.0) & (x <= 1.0)]
    x = jnp.asarray(np.random.default_rng(3).choice(inside, (50, 4)), jnp.float32)
    best = likelihood.fit(x)

    @jax.jit
    def total(out):
        return likelihood.log_prob(jnp.tile(out[None], (50, 1)), x).sum()

    assert best.shape == (likelihood.channels * 4 + len(likelihood.shared),)
    slope = jax.grad(total)(best)
    # A sum of 50 terms in float32, each of the size of levels.
    np.testing.assert_allclose(slope, 0.0, atol=2e-2)
    for i in range(best.size):
        for step in (-0.1, 0.1):
            assert total(best.at[i].add(step)) < total(best)


@pytest.fixture(params=methods("posterior"))
def posterior(request):
    return registry.build("posterior", {"name": request.param}, **CONTEXT)


def test_posterior_without_noise_is_its_mean(posterior):
    hparams = make_hparams(noise=0.0, max_latents=3, latents=3, **own("posterior"))
    out = jax.random.normal(jax.random.key(0), (6, posterior.parameters * 3))
    q = posterior.read(out, hparams)
    np.testing.assert_array_equal(posterior.sample(jax.random.key(1), q, hparams), q.mean)


def test_posterior_density_belongs_to_its_samples(posterior):
    """Entropy by Monte Carlo from `sample` and `log_prob`, against the closed form."""
    q = Posterior(jnp.array([[0.5, -1.0]]), jnp.array([[0.4, -2.0]]))
    tiled = jax.tree.map(lambda leaf: jnp.tile(leaf, (40_000, 1)), q)
    hparams = make_hparams(max_latents=2, latents=2, **own("posterior"))
    z = jax.jit(posterior.sample)(jax.random.key(0), tiled, hparams)
    np.testing.assert_allclose(z.mean(0), q.mean[0], atol=0.03)  # 5 x 1.22 / 200
    log_q = jax.jit(posterior.log_prob)(tiled, z, hparams)
    entropy = 0.5 * (np.log(2 * np.pi * np.e) + q.log_var[0])
    np.testing.assert_allclose(-log_q.mean(0), entropy, atol=0.02)  # 5 x 0.71 / 200


@pytest.fixture(params=methods("prior"))
def prior(request):
    return registry.build("prior", {"name": request.param}, **CONTEXT)


def test_prior_kl_matches_monte_carlo(prior):
    """KL(q || p) = E_q[log q - log p], with p and q from independent functions."""
    family = registry.build("posterior", {"name": "gaussian"})
    mask = jnp.array([1.0, 0.0, 1.0])
    hparams = make_hparams(**own("prior"))._replace(latent_mask=mask)
    q = Posterior(jnp.array([[0.7, 0.0, -0.3]]), jnp.array([[-1.0, 0.0, 0.5]]))
    tiled = jax.tree.map(lambda leaf: jnp.tile(leaf, (100_000, 1)), q)

    @jax.jit
    def log_ratio(key):
        z = mask[None] * family.sample(key, tiled, hparams)
        log_q = (mask[None] * family.log_prob(tiled, z, hparams)).sum(-1)
        return log_q - prior.log_prob(z, hparams)

    draws = np.asarray(log_ratio(jax.random.key(0)))
    bound = 5 * float(draws.std()) / np.sqrt(100_000)
    np.testing.assert_allclose(prior.kl(q, hparams).sum(), draws.mean(), atol=bound)


def test_prior_leaves_unused_dimensions_alone(prior):
    hparams = make_hparams(**own("prior"))._replace(latent_mask=jnp.array([1.0, 0.0, 1.0]))
    sample, log_prob = jax.jit(prior.sample, static_argnums=2), jax.jit(prior.log_prob)
    z = np.asarray(sample(jax.random.key(0), hparams, 1_000))
    assert (z[:, 1] == 0.0).all() and (z[:, 0] != 0.0).all()
    moved = z + np.float32([[0.0, 3.0, 0.0]])
    np.testing.assert_array_equal(log_prob(z, hparams), log_prob(moved, hparams))
    q = Posterior(jnp.ones((2, 3)), jnp.ones((2, 3)))
    assert (prior.kl(q, hparams)[:, 1] == 0.0).all()


@pytest.fixture(params=methods("network"))
def network(request):
    return of_network(request.param)


@pytest.mark.slow
def test_masked_network_equals_a_native_one(network):
    """The same function of x from a model of 2 latents and from 2 of 5 masked ones.

    Weights of the smaller model are cut out of the larger one's.
    """
    large = make_model(**network)
    small = make_model(**network, max_latents=2)
    wide, native = make_hparams(latents=2), make_hparams(latents=2, max_latents=2)
    params = large.init(jax.random.key(4), wide)
    shapes = jax.eval_shape(small.init, jax.random.key(4), native)

    def cut(leaf, shape):
        if leaf.shape == shape.shape:
            return leaf
        for axis in range(leaf.ndim):
            if leaf.shape[axis] == 10:  # 5 means, then 5 log-variances
                leaf = jnp.take(leaf, jnp.array([0, 1, 5, 6]), axis)
            elif leaf.shape[axis] == 5:
                leaf = jnp.take(leaf, jnp.array([0, 1]), axis)
        return leaf

    cut_params = jax.tree.map(cut, params, shapes)
    x = jax.random.uniform(jax.random.key(7), (6, math.prod(network["data_shape"])))
    q, q_native = large.encode(params, x, wide), small.encode(cut_params, x, native)
    np.testing.assert_allclose(q.mean[:, :2], q_native.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(q.log_var[:, :2], q_native.log_var, rtol=1e-5, atol=1e-6)
    decoded = large.decode(params, wide.latent_mask[None] * q.mean)
    native_decoded = small.decode(cut_params, q_native.mean)
    np.testing.assert_allclose(decoded, native_decoded, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_masked_network_starts_as_large_as_a_native_one(network):
    """Decoder outputs at initialisation have the native spread, over 64 seeds."""
    z = jax.random.normal(jax.random.key(6), (20, 2))

    def spread(max_latents):
        model = make_model(**network, max_latents=max_latents)
        hparams = make_hparams(latents=2, max_latents=max_latents)
        wide = jnp.pad(z, ((0, 0), (0, max_latents - 2)))
        keys = jax.random.split(jax.random.key(5), 64)
        decode = jax.jit(jax.vmap(lambda k: model.decode(model.init(k, hparams), wide)))
        return jnp.sqrt(jnp.mean(jnp.square(decode(keys))))

    # The spread of a spread over 64 seeds is about 3 %; without the gain it is off by 37 %.
    np.testing.assert_allclose(spread(5), spread(2), rtol=0.1)


@pytest.fixture(params=methods("objective"))
def objective(request):
    return registry.build("objective", {"name": request.param}, **CONTEXT)


def test_objective_ignores_unused_dimensions(objective, pixels):
    model, hparams = make_model(), make_hparams(latents=2, **own("objective"))
    params = model.init(jax.random.key(0), hparams)
    x = model.unit(jnp.asarray(pixels))
    loss = lambda p: objective(model, p, x, jax.random.key(1), hparams).loss
    grads = jax.tree.map(np.asarray, jax.jit(jax.grad(loss))(params))
    head = grads["encoder"]["output"]["kernel"]
    unused = [2, 3, 4, 7, 8, 9]
    assert (head[:, unused] == 0.0).all() and (head[:, :2] != 0.0).any()
    assert (grads["decoder"]["hidden_0"]["kernel"][2:] == 0.0).all()


def test_objective_terms_are_finite_means(objective, pixels):
    """Twice the same batch is the same loss: terms are means over images."""
    model, hparams = make_model(), make_hparams(noise=0.0, **own("objective"))
    params = model.init(jax.random.key(0), hparams)
    x = model.unit(jnp.asarray(pixels))
    terms = jax.jit(lambda x: objective(model, params, x, jax.random.key(1), hparams))
    once, twice = terms(x), terms(jnp.concatenate([x, x]))
    np.testing.assert_allclose(once, twice, rtol=1e-5)


NO_VALUE = {  # flags of an estimate without a value, and of no other
    *(Flag.NOT_EVALUATED, Flag.DIVERGED, Flag.NOT_FINITE),
    *(Flag.NO_POSTERIOR, Flag.NOT_APPLICABLE, Flag.TOO_FEW),
}
FEW = {
    **{"samples": 3, "temperatures": 5, "chains": 2, "permutations": 20, "nodes": 41},
    **{"images": 4, "simulated": 2, "pairs": 20},
}


MEMBERS = {"autoencoder": (0.0, "bernoulli"), "vae": (1.0, "binomial")}
MEASURED = [(kind, name) for kind in MEMBERS for name in methods("metric")]
# Whose estimates of log p(x) would be densities of whole levels: of these metrics alone.
MEMBERS["density"] = (0.0, "gaussian")
OF_LOG_P = [name for name in methods("metric") if name in ("iwae", "ais", "exact")]
MEASURED += [("density", name) for name in OF_LOG_P]
OURS = [] if OWN_KIND else MEASURED


@pytest.fixture(scope="module")
def measure(pixels):
    """What a metric with little to do measures of an untrained member, by their names."""

    @functools.cache
    def subject(kind):
        noise, likelihood = MEMBERS[kind]
        model = make_model(likelihood={"name": likelihood})
        hparams = make_hparams(noise=noise, latents=2)
        params = model.init(jax.random.key(0), hparams)
        labels = np.arange(40, dtype=np.int32) % 2
        halves = pixels[:20], pixels[20:], labels[:20], labels[20:]
        dataset = make_dataset("toy", *halves, levels=17)
        return make_subject(model, params, hparams, dataset, train(dataset))

    @functools.cache
    def estimates(kind, name):
        make = registry.factory("metric", name)
        takes = inspect.signature(make).parameters
        return make(**{n: few for n, few in FEW.items() if n in takes})(subject(kind))

    return estimates


@pytest.mark.parametrize("kind, name", MEASURED)
def test_metric_gives_estimates(measure, kind, name):
    """Finite numbers, or a flag and a note on why there is none; never NaN."""
    estimates = measure(kind, name)
    assert estimates
    for estimate in estimates.values():
        if estimate.value is None:
            assert estimate.note and set(estimate.flags) & NO_VALUE
        else:
            assert not set(estimate.flags) & NO_VALUE
            assert np.isfinite(estimate.value)
            assert estimate.stderr is None or estimate.stderr >= 0.0
    if kind == "autoencoder":
        assert not any(
            "rate" in key.name and estimate.value is not None
            for (_, key), estimate in estimates.items()
        )


@pytest.mark.parametrize("kind, name", OURS)
def test_metric_gives_what_the_catalogue_has(measure, kind, name):
    """Of its own family, in a space and by a sampler where it says so; and read back."""
    for split, key in measure(kind, name):
        entry = catalogue.find(key)
        assert split in ("train", "test") and entry is not None, key
        assert key.family == name
        given, said = ((bool(k.space), bool(k.sampler)) for k in (key, entry.key))
        assert given == said, key
        assert catalogue.read(key.metric, key.sampler) == key


@pytest.mark.parametrize("measured", [OURS] if OURS else [], ids=lambda ours: "ours")
def test_the_catalogue_has_nothing_else(measure, measured):
    keys = {key for kind, name in measured for _, key in measure(kind, name)}
    assert {catalogue.find(key) for key in keys} == set(ENTRIES)


@pytest.mark.parametrize("name", methods("sampler"))
def test_sampler_draws_from_what_it_says(name, pixels):
    """Moments of many draws: those of the prior, or those of the codes."""
    model, hparams = make_model(), make_hparams(latents=2)
    params = model.init(jax.random.key(0), hparams)
    dataset = make_dataset("toy", pixels, pixels[:10], None, None, levels=17)
    subject = make_subject(model, params, hparams, dataset)
    z = registry.build("sampler", {"name": name})(subject, "test", 20_000)
    again = registry.build("sampler", {"name": name})(subject, "test", 20_000)
    assert z.shape == (20_000, 2) and z.dtype == np.float64
    np.testing.assert_array_equal(z, again)
    codes = subject.codes("train")
    mean, var = {
        "prior": (np.zeros(2), np.ones(2)),
        "aggregate": (
            codes.mean.mean(0),
            (codes.std**2).mean(0) + codes.mean.var(0),
        ),
    }.get(name, (codes.sample.mean(0), codes.sample.var(0, ddof=1)))
    # 5 standard errors of a mean; a kernel adds its own width to the variance.
    np.testing.assert_allclose(z.mean(0), mean, atol=5 * np.sqrt(var.max() / 20_000))
    np.testing.assert_allclose(z.var(0), var, rtol=0.5 if name == "kde" else 0.06)
