"""Members taken elsewhere compute there what they compute here."""

import json
import math
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
from commands import call
from conftest import PAIRS, make_hparams, make_spec, of_network
from safetensors.numpy import load_file

from vae_jax import registry
from vae_jax.models.model import build_model
from vae_jax.portable.onnx import BATCH, to_onnx
from vae_jax.portable.trace import named_leaves, trace
from vae_jax.registry import METHODS
from vae_jax.runs.load_results import load
from vae_jax.storage import files

MEMBER = 4


def session_of(function, params, width, outputs, name):
    """A pure function in onnxruntime."""
    arrays = {n: np.asarray(a) for n, a in named_leaves(params).items()}
    graph = trace(function, params, jnp.zeros((BATCH, width)))
    content = to_onnx(graph, arrays, name, outputs).SerializeToString()
    return onnxruntime.InferenceSession(content)


@pytest.mark.parametrize("network, likelihood", PAIRS)
def test_onnx_is_the_decoder(network, likelihood):
    """Every network, every likelihood; for one input and for seven."""
    spec = make_spec(**of_network(network), likelihood={"name": likelihood})
    model, pixels = build_model(spec), math.prod(spec.data_shape)
    params = model.init(jax.random.key(2), make_hparams())
    mean = lambda params, z: model.likelihood.mean(model.decode(params, z))
    session = session_of(mean, params, 5, {"mean": pixels}, "z")
    z = 2.0 * np.random.default_rng(1).standard_normal((7, 5), np.float32)
    expected = jax.jit(mean)(params, z)
    for count in (1, 7):
        (found,) = session.run(None, {"z": z[:count]})
        np.testing.assert_allclose(found, expected[:count], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("network", METHODS["network"])
def test_onnx_is_the_encoder_of_a_masked_member(network):
    spec, hparams = make_spec(**of_network(network)), make_hparams(latents=3)
    model, pixels = build_model(spec), math.prod(spec.data_shape)
    params = model.init(jax.random.key(3), hparams)
    encode = lambda p, x: jnp.concatenate(model.encode(p, x, hparams), axis=-1)
    session = session_of(encode, params, pixels, {"mean": 5, "log_var": 5}, "x")
    x = np.random.default_rng(4).random((6, pixels), np.float32)
    q = jax.jit(model.encode)(params, x, hparams)
    for found, expected in zip(session.run(None, {"x": x}), q):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert not found[:, 3:].any()


# The harder case: an MLP is a part of it.
one_run = pytest.mark.parametrize("small_run", ["conv"], indirect=True, scope="session")


@pytest.fixture(scope="module")
def exported(small_run):
    assert call("export", f"--workdir={small_run}", f"--member={MEMBER}") == 0
    return small_run / "export" / f"member_{MEMBER}"


@one_run
def test_a_trained_member_is_the_same_in_every_format(exported, small_run):
    """The codes and reconstructions that the run itself has written."""
    (part,) = load(small_run)
    images = part.pictures.shared("reconstructions", "originals").astype(np.float32)
    expected = part.pictures.row("reconstructions", MEMBER)
    encoder, decoder = (
        onnxruntime.InferenceSession(exported / f"{name}.onnx")
        for name in ("encoder", "decoder")
    )
    mean, _ = encoder.run(None, {"x": images})
    (found,) = decoder.run(None, {"z": mean})
    half = 1e-3  # the run keeps its pictures in float16
    np.testing.assert_allclose(found, np.float32(expected), atol=half)
    code = (
        "import sys, jax.export, numpy as np\n"
        "load = lambda f: jax.export.deserialize(open(f, 'rb').read()).call\n"
        "x = np.load(sys.argv[1])\n"
        "q = load(sys.argv[2] + '/encoder.jax')(x)\n"
        "z = q[:, : q.shape[1] // 2]\n"
        "np.save(sys.argv[1], load(sys.argv[2] + '/decoder.jax')(z))\n"
        "assert 'vae_jax' not in sys.modules\n"
    )
    place = exported / "x.npy"
    np.save(place, images)
    subprocess.run([sys.executable, "-c", code, place, exported], check=True, timeout=120)
    np.testing.assert_allclose(np.load(place), found, rtol=1e-5, atol=1e-5)


@one_run
def test_safetensors_hold_every_parameter_and_say_whose(exported, small_run):
    (part,) = load(small_run)
    arrays = load_file(exported / "weights.safetensors")
    for name in files.read_json(small_run / "arrays/program_0/decoder.json")["parameters"]:
        np.testing.assert_array_equal(
            arrays[name], part.pictures.row("weights", MEMBER, name)
        )
    assert any(name.startswith("encoder/") for name in arrays)
    described = json.loads((exported / "model.json").read_text())
    assert described["member"] == MEMBER
    assert described["hyperparameters"]["beta"] == part.members[MEMBER].beta


@one_run
def test_the_export_says_what_white_is(exported, small_run):
    """Stored pixels, scaled as `model.json` says, have the codes that the run has."""
    (part,) = load(small_run)
    data = json.loads((exported / "model.json").read_text())["data"]
    assert (data["white"], data["white_by"]) == (16, "by the data set")
    stored = registry.build("dataset", {"name": "digits"}).test[:20]
    x = np.float32(eval(data["pixel"], {"value": stored}))
    encoder = onnxruntime.InferenceSession(exported / "encoder.onnx")
    mean, _ = encoder.run(None, {"x": x})
    codes = part.pictures.row("codes", MEMBER)[:20]
    np.testing.assert_allclose(mean, codes, rtol=1e-4, atol=1e-4)
    said = encoder.get_modelmeta().description
    assert "a pixel is value / 16 (white is 16, by the data set)" in said


@one_run
def test_a_member_that_is_not_there_is_one_line(small_run, capsys):
    assert call("export", f"--workdir={small_run}", "--member=99") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "member 99: there is none; they are 0 to 5" in lines[0]
