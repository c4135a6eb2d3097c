"""Networks: their sizes as published, their settings, and what these change."""

import math
from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_model, make_spec, of_network
from flax import linen as nn

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.models.layers import style
from vae_jax.models.model import build_model
from vae_jax.pure import build_objective, init_state, train_step
from vae_jax.registry import METHODS


def network(name, shape, latents=5, outputs=1, **settings):
    """A network of the registry, for a Gaussian posterior."""
    return registry.build(
        *("network", {"name": name, **settings}),
        **{"data_shape": shape, "latents": latents, "encoder_outputs": 2 * latents},
        decoder_outputs=outputs * math.prod(shape),
    )


def count(tree):
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


def dense(*widths):
    return sum(a * b + b for a, b in pairwise(widths))


def convolutions(kernel, *channels, more=1):
    """Kernels and `more` numbers a channel: a bias, and two of a normalisation."""
    return sum(kernel**2 * a * b + more * b for a, b in pairwise(channels))


SIZES = {  # encoder and decoder: the published layers, added up by hand
    ("burgess", (64, 64, 1), 10): (
        convolutions(4, 1, 32, 32, 32, 32) + dense(512, 256, 256, 20),
        dense(10, 256, 256, 512) + convolutions(4, 32, 32, 32, 32, 1),
    ),
    ("higgins", (64, 64, 3), 32): (
        convolutions(4, 3, 32, 32, 64, 64) + dense(1024, 256, 64),
        dense(32, 256, 1024) + convolutions(4, 64, 64, 32, 32, 3),
    ),
    ("rae", (32, 32, 3), 16): (
        convolutions(4, 3, 128, 256, 512, 1024, more=3) + dense(4096, 32),
        dense(16, 65536)
        + 2 * 1024
        + convolutions(4, 1024, 512, 256, more=3)
        + convolutions(4, 256, 3),
    ),
    ("rae", (64, 64, 3), 64): (
        convolutions(5, 3, 128, 256, 512, 1024, more=3) + dense(16384, 128),
        dense(64, 65536)
        + 2 * 1024
        + convolutions(5, 1024, 512, 256, 128, more=3)
        + convolutions(5, 128, 3),
    ),
    # The numbers that PyTorch's example prints; its discriminator ends in a 4x4 kernel.
    ("dcgan", (64, 64, 3), 100): (2_765_568 - 8_192 + dense(8192, 200), 3_576_704),
    ("gated_mlp", (28, 28, 1), 40): (
        2 * dense(784, 300, 300) + dense(300, 80),
        2 * dense(40, 300, 300) + dense(300, 784),
    ),
}


@pytest.mark.parametrize("name, shape, latents", SIZES)
def test_published_networks_have_as_many_parameters(name, shape, latents):
    params = jax.eval_shape(network(name, shape, latents).init, jax.random.key(0))
    found = count(params["encoder"]), count(params["decoder"])
    assert found == SIZES[name, shape, latents]


@pytest.mark.parametrize("name", METHODS["network"])
def test_rows_of_a_batch_do_not_know_of_each_other(name):
    """Not even by the means and variances of a normalisation."""
    model = make_model(**of_network(name))
    hparams = make_hparams()
    params = model.init(jax.random.key(0), hparams)
    pixels = math.prod(of_network(name)["data_shape"])
    x = jax.random.uniform(jax.random.key(1), (4, pixels))
    other = x.at[1:].set(0.5)
    q, q_other = model.encode(params, x, hparams), model.encode(params, other, hparams)
    np.testing.assert_array_equal(q.mean[0], q_other.mean[0])
    changed = q.mean.at[1:].set(3.0)
    np.testing.assert_array_equal(
        model.decode(params, q.mean)[0], model.decode(params, changed)[0]
    )


@pytest.mark.parametrize("name", ("conv", "resnet"))
@pytest.mark.parametrize("shape", ((7, 5, 3), (12, 8, 1)))
def test_images_of_any_size_come_back_in_it(name, shape):
    settings = of_network(name)["network"] | {"normalisation": "group"}
    ours = network(shape=shape, outputs=2, **settings)
    params = jax.eval_shape(ours.init, jax.random.key(0))
    pixels = math.prod(shape)
    codes = jax.eval_shape(ours.encode, params, jnp.ones((2, 3, pixels)))
    images = jax.eval_shape(ours.decode, params, jnp.ones((2, 3, 5)))
    assert (codes.shape, images.shape) == ((2, 3, 10), (2, 3, 2 * pixels))


@pytest.mark.parametrize("name", ("conv", "resnet"))
def test_rematerialisation_changes_no_gradient(name):
    x = jax.random.uniform(jax.random.key(3), (3, 64))

    def gradient(remat):
        ours = network(shape=(8, 8, 1), **of_network(name, remat=remat)["network"])
        loss = lambda p: jnp.sum(ours.decode(p, jnp.tanh(ours.encode(p, x)[:, :5])) ** 2)
        return jax.jit(jax.grad(loss))(ours.init(jax.random.key(2)))

    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    jax.tree.map(close, gradient(False), gradient(True))


def test_group_normalisation_by_its_definition():
    """Groups of channels over an image: mean 0 and variance 1, at its initial scale."""
    x = 3.0 + 2.0 * np.random.default_rng(0).standard_normal((2, 5, 4, 8), np.float32)
    ours = style.Style(normalisation="group")
    found = apply(lambda x: ours.norm(x, "norm"), jnp.asarray(x))
    groups = x.reshape(2, 20, 2, 4).transpose(0, 2, 1, 3).reshape(2, 2, -1)
    expected = (groups - groups.mean(-1, keepdims=True)) / groups.std(-1, keepdims=True)
    expected = expected.reshape(2, 2, 20, 4).transpose(0, 2, 1, 3).reshape(x.shape)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert [style.groups_of(n) for n in (1, 4, 6, 32, 64, 256)] == [1, 1, 1, 8, 16, 32]


def apply(function, x):
    """A function of Flax layers, with parameters that start anew."""

    class Module(nn.Module):
        @nn.compact
        def __call__(self, x):
            return function(x)

    return Module().init_with_output(jax.random.key(0), x)[0]


def test_pytorch_s_initialiser_is_uniform_within_its_bounds():
    """Kernels and biases within 1 / sqrt(inputs), of the variance that this has."""
    ours = network("conv", (16, 16, 8), 12, initialiser="pytorch", hidden=64)
    params = jax.jit(ours.init)(jax.random.key(0))
    inputs = {
        ("encoder", "conv_0"): 9 * 8,
        ("encoder", "hidden_0"): 1024,
        ("decoder", "hidden_0"): 12,
        ("decoder", "conv_0"): 9 * 32,  # a transposed one counts what it puts out
        ("decoder", "output"): 9 * 8,
    }
    for (side, layer), number in inputs.items():
        for leaf in params[side][layer].values():
            assert np.abs(leaf).max() <= number**-0.5
            if leaf.size > 500:
                np.testing.assert_allclose(jnp.var(leaf), 1 / (3 * number), rtol=0.1)
            assert np.abs(leaf).max() > 0.5 * number**-0.5


@pytest.mark.parametrize("initialiser", style.INITIALISERS)
def test_a_masked_model_starts_as_a_native_one(initialiser):
    """Its first layer's bias too, where that is not 0."""
    z = jax.random.normal(jax.random.key(6), (50, 2))

    def spread(max_latents):
        settings = {"name": "mlp", "hidden": (16,), "initialiser": initialiser}
        model = make_model(network=settings, max_latents=max_latents)
        hparams = make_hparams(latents=2, max_latents=max_latents)
        wide = jnp.pad(z, ((0, 0), (0, max_latents - 2)))
        keys = jax.random.split(jax.random.key(5), 400)
        decode = jax.jit(jax.vmap(lambda k: model.decode(model.init(k, hparams), wide)))
        return jnp.sqrt(jnp.mean(jnp.square(decode(keys))))

    # Glorot's variance also counts the outputs, so fewer inputs are not all that changes;
    # an orthogonal kernel of more columns than rows has rows of length 1, however many.
    expected = {"glorot": (5 / 2) ** 0.5 * (18 / 21) ** 0.5, "orthogonal": (5 / 2) ** 0.5}
    ratio = spread(5) / spread(2)
    np.testing.assert_allclose(ratio, expected.get(initialiser, 1.0), rtol=0.05)


def test_gated_layers_on_frey_faces_format():
    """28x20 pixels of 8 bits with the published settings: finite, and it descends."""
    spec = make_spec(
        network={"name": "gated_mlp"},
        likelihood={"name": "discretized_logistic"},
        **{"data_shape": (28, 20, 1), "levels": 256, "max_latents": 40},
    )
    model = build_model(spec)
    hparams = make_hparams(latents=40, max_latents=40, learning_rate=5e-4)
    x = model.unit(np.random.default_rng(0).integers(100, 140, (32, 560), np.uint8))
    objective = build_objective(spec)
    state = init_state(model, hparams)
    step = jax.jit(partial(train_step, model, objective))
    losses = []
    for n in range(30):
        state, terms = step(state, x, jax.random.key(n), hparams)
        losses.append(float(terms.loss))
    bits = np.asarray(losses) / (560 * np.log(2.0))
    assert np.isfinite(bits).all() and bits[-1] < bits[0] - 0.5
    assert bits[-1] > np.log2(40) - 0.1  # no model beats the entropy of these pixels


WRONG = {
    ("mlp", "activation", "rleu"): "activation: 'rleu' is not known; there are: relu, silu",
    ("mlp", "precision", "float16"): "there are: float32, bfloat16",
    ("conv", "normalisation", "batch"): "there are: none, group, layer",
    ("conv", "remat", 1): "remat: 1 is not True or False",
    ("conv", "kernel", 0): "kernel: 0 is not a positive whole number",
    ("conv", "hidden", (8, 0)): "hidden: .* not a list of positive widths",
    ("resnet", "features", ()): "features: .* not a list of positive widths",
    ("resnet", "blocks", True): "blocks: True is not a positive whole number",
    ("resnet", "attention", "yes"): "attention: 'yes' is not True or False",
    ("gated_mlp", "initialiser", "xavier"): "there are: lecun, he, glorot",
    ("rae", "width", 0.5): "width: 0.5 is not a positive whole number",
}


@pytest.mark.parametrize("name, setting, value", WRONG)
def test_wrong_settings_are_named(name, setting, value):
    with pytest.raises(UserError, match=WRONG[name, setting, value]):
        network(name, (32, 32, 1), **{setting: value})


def test_images_that_a_network_is_not_made_for_are_refused():
    with pytest.raises(UserError, match="burgess is for images of 64x64 pixels, not 28x28"):
        network("burgess", (28, 28, 1))
    with pytest.raises(UserError, match="rae is for images of 32x32 or 64x64"):
        network("rae", (28, 28, 1))
    with pytest.raises(UserError, match="resnet needs images"):
        network("resnet", (28,))
