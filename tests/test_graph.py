"""Decoders as graphs: what NumPy makes of them is what JAX makes of the model."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import PAIRS, make_hparams, make_spec, of_network

from vae_jax.errors import UserError
from vae_jax.explorer.pack import HALF_ERROR, first_kernels, half_is_enough, pack_weights
from vae_jax.models.model import build_model
from vae_jax.portable.graph import as_json, from_json, run
from vae_jax.portable.trace import named_leaves, trace
from vae_jax.registry import METHODS

RNG = np.random.default_rng


def decoder_of(network, likelihood="bernoulli"):
    """E[x|z] as a function, its parameters, and its graph."""
    spec = make_spec(**of_network(network), likelihood={"name": likelihood})
    model = build_model(spec)
    params = model.init(jax.random.key(1), make_hparams())
    mean = lambda params, z: model.likelihood.mean(model.decode(params, z))
    graph = trace(mean, params, jnp.zeros((1, 5)))
    arrays = {name: np.asarray(leaf) for name, leaf in named_leaves(params).items()}
    return jax.jit(mean), params, graph, arrays


@pytest.mark.parametrize("network, likelihood", PAIRS)
def test_a_graph_is_its_decoder(network, likelihood):
    """After a trip through JSON too; every network, every likelihood."""
    mean, params, graph, arrays = decoder_of(network, likelihood)
    again = from_json(json.loads(json.dumps(as_json(graph))))
    assert graph.parameters.keys() <= arrays.keys()
    for z in 3.0 * RNG(0).standard_normal((5, 1, 5)).astype(np.float32):
        expected = np.asarray(mean(params, z))
        for each in (graph, again):
            np.testing.assert_allclose(run(each, arrays, z), expected, rtol=2e-6, atol=2e-6)


def test_a_graph_is_written_alike_each_time():
    text = [json.dumps(as_json(decoder_of("mlp", "gaussian")[2])) for _ in range(2)]
    assert text[0] == text[1]


def test_what_the_output_does_not_need_is_left_out():
    f = lambda p, z: z @ p["a"] + 0.0 * jnp.sum(jnp.sin(jnp.arange(3.0)))
    params = {"a": jnp.ones((2, 3)), "b": jnp.ones(4)}
    graph = trace(f, params, jnp.zeros((1, 2)))
    assert graph.parameters == {"a": (2, 3)}
    assert [o.kind for o in graph.operations] == ["dot", "add"]  # the sine is a constant


def test_operations_that_graphs_lack_are_named():
    for f in (lambda p, z: jnp.cos(z), lambda p, z: jnp.cumsum(z, 1)):
        with pytest.raises(UserError, match="the decoder"):
            trace(f, {}, jnp.zeros((1, 2)))


@pytest.mark.parametrize("network", METHODS["network"])
def test_dimensions_not_in_use_do_not_travel(network):
    _, _, graph, arrays = decoder_of(network)
    (first,) = first_kernels(graph)
    assert arrays[first].shape[0] == 5
    packed = pack_weights(graph, arrays, 2, np.zeros((1, 2)))
    per_number = {"f2": 2, "f4": 4}[packed[first]["kind"]]
    size = len(packed[first]["data"]) * 3 // 4
    assert abs(size - per_number * arrays[first][:2].size) < 3


def test_half_precision_only_where_no_pixel_changes():
    _, _, graph, arrays = decoder_of("mlp")
    codes = RNG(1).standard_normal((9, 5))
    for scale, enough in ((1.0, True), (1e7, False)):
        scaled = {n: scale * a for n, a in arrays.items() if n in graph.parameters}
        assert half_is_enough(graph, scaled, 5, codes) is enough
    z = codes[:1].astype(np.float32)
    rounded = {n: a.astype(np.float16).astype(np.float32) for n, a in arrays.items()}
    assert np.abs(run(graph, arrays, z) - run(graph, rounded, z)).max() <= HALF_ERROR
