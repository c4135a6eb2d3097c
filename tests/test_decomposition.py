"""The parts of the rate: against brute force, closed forms, and each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import norm

from vae_jax.evaluation.estimators import decomposition
from vae_jax.models.posteriors.gaussian import gaussian
from vae_jax.models.priors.standard_normal import standard_normal
from vae_jax.types import Model, Posterior

PARTS = "mutual_information", "aggregate_kl", "total_correlation", "dimensionwise_kl"


def coded(mean, log_var):
    """A `Model` whose image n is its own row number and whose q(z|x_n) is row n."""
    family, (n, latents) = gaussian(), mean.shape
    table = Posterior(jnp.float32(mean), jnp.float32(log_var))

    def encode(params, x, hparams):
        q = jax.tree.map(lambda a: a[x[:, 0].astype(int)], params)
        used = hparams.latent_mask[None] > 0
        return jax.tree.map(lambda a: jnp.where(used, a, 0.0), q)

    def sample(key, q, hparams):
        return hparams.latent_mask[None] * family.sample(key, q, hparams)

    nothing = lambda *_: None
    model = Model(
        init=nothing,
        unit=nothing,
        present=nothing,
        encode=encode,
        sample=sample,
        decode=nothing,
        posterior=family,
        prior=standard_normal(),
        likelihood=nothing,
    )
    hparams = make_hparams(latents=latents, max_latents=latents)
    return model, table, jnp.arange(n, dtype=jnp.float32)[:, None], hparams


def measured(problem, seed=0, **options):
    model, params, x, hparams = problem
    run = lambda key: decomposition.decomposition(model, params, x, key, hparams, **options)
    return jax.tree.map(np.asarray, jax.jit(run)(jax.random.key(seed)))


def parts(problem, seed=0, **options):
    return decomposition.reduce(measured(problem, seed, **options))


def random_codes(n=30, latents=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, latents)), rng.normal(-1.5, 0.5, (n, latents))


def test_the_mixture_is_that_of_a_double_loop():
    """log q(z), by loops in float64, at the very draws; sharp posteriors included."""
    mean, log_var = random_codes(n=8)
    log_var[:4] = -9.0  # sd 0.011
    problem = coded(mean, log_var)
    model, params, _, hparams = problem
    found, key = measured(problem, 5, samples=2, chunk=3), jax.random.key(5)
    for n in range(8):
        row = Posterior(*(jnp.tile(a[n : n + 1], (2, 1)) for a in params))
        z = np.float64(model.sample(jax.random.fold_in(key, n), row, hparams))
        for s in range(2):
            sd = np.exp(0.5 * log_var)
            terms = [norm.logpdf(z[s], mean[m], sd[m]).sum() for m in range(8)]
            expected = logsumexp(terms) - np.log(8)
            np.testing.assert_allclose(found["log_aggregate"][n, s], expected, atol=2e-3)
            np.testing.assert_allclose(found["log_posterior"][n, s], terms[n], atol=2e-3)


def test_marginals_are_integrals():
    """E log q(z_j), by SciPy's adaptive quadrature."""
    mean, log_var = random_codes(n=6, latents=2)
    found = measured(coded(mean, log_var))["negentropy_dim"]

    def integrand(z, j):
        density = norm.pdf(z, mean[:, j], np.exp(0.5 * log_var[:, j])).mean()
        return density * np.log(density)

    for j in range(2):
        expected = quad(integrand, -6, 6, args=(j,), limit=500, epsabs=1e-10)[0]
        np.testing.assert_allclose(found[:, j], expected, atol=1e-5)


def test_the_parts_sum_to_the_rate():
    mean, log_var = random_codes()
    found = {name: e.value for name, e in parts(coded(mean, log_var), samples=2).items()}
    information, aggregate, correlation, dimensions = (found[name] for name in PARTS)
    np.testing.assert_allclose(information + aggregate, found["rate"], rtol=1e-12)
    np.testing.assert_allclose(correlation + dimensions, aggregate, rtol=1e-12)
    rate = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(1).mean()
    np.testing.assert_allclose(found["rate"], rate, rtol=1e-6)


def test_codes_that_say_nothing():
    """Every posterior alike, N(1, 1/4): I = 0, TC = 0, and no error at all."""
    mean, log_var = np.ones((20, 2)), np.full((20, 2), np.log(0.25))
    found = parts(coded(mean, log_var), samples=2)
    gap = 2 * 0.5 * (1 + 0.25 - 1 - np.log(0.25))
    expected = {"mutual_information": 0.0, "total_correlation": 0.0, "aggregate_kl": gap}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name].value, value, atol=2e-5)  # float32
        assert found[name].stderr < 1e-5


def test_codes_that_say_everything():
    """Posteriors far apart: I = log N, the ceiling."""
    mean = 10.0 * np.arange(16).reshape(16, 1) - 80.0
    found = parts(coded(mean, np.full((16, 1), -4.0)))
    np.testing.assert_allclose(found["mutual_information"].value, np.log(16), atol=1e-5)
    assert found["log_n"].value == np.log(16)


def test_a_gaussian_aggregate():
    """Means at the quantiles of a correlated Gaussian: q(z) is nearly N(0, C + s I).

    I = log det(I + C / s) / 2, TC = -log(1 - r^2) / 2 with r the correlation of q(z).
    """
    side, s = 40, 0.5
    grid = norm.ppf((np.arange(side) + 0.5) / side)
    grid /= grid.std()
    axes = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
    C = np.array([[1.0, 0.6], [0.6, 1.0]])
    mean = axes @ np.linalg.cholesky(C).T
    found = parts(coded(mean, np.full(mean.shape, np.log(s))), samples=2)
    total = C + s * np.eye(2)
    information = 0.5 * np.linalg.slogdet(total / s)[1]
    correlation = -0.5 * np.log(1 - (0.6 / 1.5) ** 2)
    # 0.02: 40 quantiles have lighter tails than a Gaussian; the draws add 5 errors.
    for name, value in (
        ("mutual_information", information),
        ("total_correlation", correlation),
    ):
        atol = 0.02 + 5 * found[name].stderr
        np.testing.assert_allclose(found[name].value, value, atol=atol)


@pytest.mark.parametrize("samples", [1, 3])
def test_it_is_unbiased_and_knows_its_error(samples):
    """Over 300 seeds, against 4,000 draws per image without control variates."""
    problem = coded(*random_codes(n=25, latents=2))
    model, params, x, hparams = problem
    truth = np.float64(measured(problem, 1, samples=4_000, nodes=5)["log_aggregate"])
    h, h_error = truth.mean(), np.sqrt(truth.var(1).mean() / truth.size)
    run = lambda key: decomposition.decomposition(
        model, params, x, key, hparams, samples=samples, nodes=5
    )
    arrays = jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(2), 300))
    arrays = jax.tree.map(np.float64, arrays)
    found = [
        decomposition.mean_log_aggregate({name: a[i] for name, a in arrays.items()})
        for i in range(300)
    ]
    values, stderrs = np.array(found).T
    # The slopes are fitted to the same draws: a bias of order 1 / (N S), small beside
    # one standard error, is allowed a tenth of it.
    error = np.hypot(values.std() / np.sqrt(300), h_error)
    assert abs(values.mean() - h) < 5 * error + 0.1 * values.std()
    plain = np.float64(arrays["log_aggregate"]).mean((1, 2)).std()
    assert values.std() < 0.75 * plain  # the control variates are worth having
    # Right to the noise of 300 seeds (4 %, times 5); with one draw, on the safe side.
    ratio = np.sqrt(np.square(stderrs).mean()) / values.std()
    assert (0.8 < ratio < 1.2) if samples > 1 else (0.8 < ratio < 2.0)


def test_dimensions_not_in_use_count_nothing():
    """Masked, or never there: the same numbers."""
    mean, log_var = random_codes(latents=4)
    model, params, x, hparams = coded(mean, log_var)
    mask = jnp.array([1.0, 0.0, 1.0, 0.0])
    wide = (model, params, x, hparams._replace(latent_mask=mask))
    native = coded(mean[:, [0, 2]], log_var[:, [0, 2]])
    a, b = (parts(p, samples=64) for p in (wide, native))
    for name in PARTS:
        error = 5 * np.hypot(a[name].stderr or 0.0, b[name].stderr or 0.0)
        np.testing.assert_allclose(a[name].value, b[name].value, atol=error + 1e-5)
    assert a["rate"].value == pytest.approx(b["rate"].value, rel=1e-6)


def test_of_many_images_the_first_are_the_split(monkeypatch):
    monkeypatch.setattr(decomposition, "MAX_IMAGES", 10)
    mean, log_var = random_codes()
    cut = parts(coded(mean, log_var))
    native = parts(coded(mean[:10], log_var[:10]))
    assert {n: e.value for n, e in cut.items()} == pytest.approx(
        {n: e.value for n, e in native.items()}, rel=1e-5
    )
