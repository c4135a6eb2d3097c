"""How presented pixels, and scalars that images share, reach training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import OWN, consecutive, make_hparams, make_spec

from vae_jax.data.dataset import make_dataset
from vae_jax.data.pixels import fixed, present
from vae_jax.data.sources.digits import digits
from vae_jax.models.model import build_model
from vae_jax.pipeline.load_data import load_data
from vae_jax.studies.member import Member
from vae_jax.studies.study import ProgramSettings, Study
from vae_jax.training import loop, sweep
from vae_jax.training.devices import Layout
from vae_jax.types import Images, Terms

BATCH = 10
MEMBERS = [
    Member(beta=1.0, latents=2, noise=1.0, learning_rate=1e-2, seed=seed, own=OWN)
    for seed in (0, 1)
]


def study(*wanted):
    """Programs on the digits, of such pixels and patience; what else they are is open."""
    blank = ProgramSettings(*[None] * len(ProgramSettings._fields))
    return Study(
        {},
        [],
        [
            blank._replace(
                dataset={"name": "digits", "pixels": pixels}, patience=p, batch_size=BATCH
            )
            for pixels, p in wanted
        ],
    )


def test_a_binarised_image_is_the_same_whether_or_not_some_are_held_out():
    programs = study(("binary", 0), ("binary", 0), ("binary", 5))
    whole, again, split = load_data(programs)
    assert again.train is whole.train  # programs on the same data share the arrays
    assert split.sha256 == whole.sha256 and split.train.dtype == np.uint8
    rows = lambda x: sorted(map(bytes, x))
    assert rows(np.concatenate([split.train, split.valid])) == rows(whole.train)
    np.testing.assert_array_equal(split.test, whole.test)


@pytest.mark.parametrize("pixels", ["dynamic", "dequantized"])
def test_held_out_images_are_fixed_draws_of_their_own(pixels):
    (data,) = load_data(study((pixels, 5)))
    valid = fixed(data, "valid")
    np.testing.assert_array_equal(valid, fixed(data, "valid"))
    assert valid.dtype == np.float32 and valid.shape == data.valid.shape
    levels = np.floor(valid * 17) if pixels == "dequantized" else 16 * valid
    same = (levels == data.valid) | ((pixels == "dynamic") & (data.valid % 16 != 0))
    assert same.all()


def seen(pixels, data, epochs):
    """Means over pixels, images and steps of what training sees, and of its square."""
    model = build_model(make_spec(pixels=pixels))

    def objective(model, params, x, key, hparams):
        """Says what it is given; only to have a gradient does it read a parameter."""
        zero = 0.0 * jax.tree.leaves(params)[0].sum()
        return Terms(zero, jnp.square(x).mean(), x.mean())

    hparams = make_hparams()
    state = loop.init_state(model, hparams)
    images = Images(jnp.asarray(data), ())
    step = jax.jit(
        lambda s, epoch: loop.train_epochs(
            model, objective, s, images, hparams, epoch, epoch + 1, batch_size=len(data)
        )
    )
    found = []
    for epoch in range(epochs):
        state, log = step(state, jnp.int32(epoch))
        found.append((float(log.terms.distortion), float(log.terms.rate)))
    return np.array(found).T


def test_dynamic_pixels_are_drawn_anew_at_every_step(pixels):
    """Whole-batch steps: frozen draws would have one mean, fresh ones have E[x] = grey."""
    epochs = 50
    mean, square = seen("dynamic", pixels, epochs)
    grey = pixels / 16.0
    spread = np.sqrt((grey * (1 - grey)).sum()) / grey.size
    assert len(set(mean)) > 10  # of the 480 values there can be
    np.testing.assert_allclose(mean.std(ddof=1), spread, rtol=0.5)  # 5 x 1 / sqrt(2 x 49)
    np.testing.assert_allclose(mean.mean(), grey.mean(), atol=5 * spread / epochs**0.5)
    np.testing.assert_allclose(square, mean, rtol=1e-6)  # each pixel is 0 or 1


def test_dequantised_pixels_are_drawn_anew_at_every_step(pixels):
    epochs = 50
    mean, _ = seen("dequantized", pixels, epochs)
    spread = np.sqrt(1 / 12 / pixels.size) / 17
    np.testing.assert_allclose(mean.std(ddof=1), spread, rtol=0.5)
    expected = (pixels + 0.5).mean() / 17
    np.testing.assert_allclose(mean.mean(), expected, atol=5 * spread / epochs**0.5)


def test_grey_pixels_are_as_stored(pixels):
    mean, _ = seen("grey", pixels, 2)
    np.testing.assert_allclose(mean, pixels.mean() / 16.0, rtol=1e-6)


def build(**changes):
    """A compiled program for `MEMBERS`."""
    return sweep.build_program(make_spec(**changes), BATCH, Layout("cpu", 1, 2))


def run(program, data, chunks):
    """The states of `MEMBERS` after so many epochs a call."""
    hparams = sweep.split_groups(program, sweep.stack_hparams(MEMBERS, 5))
    states = [program.init(group) for group in hparams]
    shared = sweep.share(program, Images(jnp.asarray(data), ()))
    for epochs in consecutive(chunks):
        list(sweep.train_groups(program, states, shared, hparams, epochs))
    return sweep.join_groups(states, len(MEMBERS))


def test_cutting_a_run_into_calls_draws_the_same_pixels(pixels):
    program = build(pixels="dynamic")
    whole, cut = (run(program, pixels, chunks) for chunks in ((4,), (1, 3)))
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(cut), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_images_share_is_appended_and_moves_no_other_parameter():
    """A learned sigma starts beside the networks that another likelihood starts with."""
    gaussian = build_model(make_spec(likelihood={"name": "gaussian"}))
    bernoulli = build_model(make_spec())
    hparams, z = make_hparams(), jnp.ones((3, 5))
    params = gaussian.init(jax.random.key(0), hparams)
    others = bernoulli.init(jax.random.key(0), hparams)
    assert set(others) == {"encoder", "decoder"}
    sigma = params["likelihood"]
    np.testing.assert_array_equal(sigma, jnp.asarray(gaussian.likelihood.shared))
    out, other = gaussian.decode(params, z), bernoulli.decode(others, z)
    np.testing.assert_array_equal(out[:, :-1], other)
    np.testing.assert_array_equal(out[:, -1], jnp.full(3, sigma[0]))


@pytest.mark.slow
def test_a_learned_sigma_ends_at_the_root_mean_squared_error(pixels):
    """In training too: sigma^2 = E_q (x - m)^2, of each member (Rybkin et al., 2021)."""
    program = build(likelihood={"name": "gaussian"})
    states, model = run(program, pixels, (400,)), program.model
    x = model.unit(jnp.asarray(pixels))
    for i, found in enumerate(MEMBERS):
        params = jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), states.params)
        hparams = make_hparams(latents=found.latents, seed=found.seed)
        q = model.encode(params, x, hparams)
        z = jax.vmap(model.sample, (0, None, None))(
            jax.random.split(jax.random.key(i), 200), q, hparams
        )
        out = jax.vmap(model.decode, (None, 0))(params, z)
        error = jnp.mean(
            jnp.square(model.likelihood.mean(out.reshape(-1, 13)) - jnp.tile(x, (200, 1)))
        )
        log_sigma = 7.0 * np.tanh(float(params["likelihood"][0]) / 7.0)
        # Adam's steps of 1e-2 keep log sigma^2 moving by some hundredths.
        assert abs(2 * log_sigma - np.log(float(error))) < 0.15


def test_a_test_split_is_drawn_in_the_same_way_for_every_data_set(pixels):
    grey = make_dataset("toy", pixels[:30], pixels[30:], None, None, levels=17)
    assert set(np.unique(present(grey, "dynamic").test)) == {0.0, 1.0}
    floats = make_dataset("toy", pixels[:30] / 16, pixels[30:] / 16, None, None, levels=0)
    np.testing.assert_array_equal(
        present(grey, "binary").train, present(floats, "binary").train
    )
    assert digits().pixels == "grey"
