"""A member for use elsewhere: ONNX, safetensors with a description, and `jax.export`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jaxtyping import Array, Float

from vae_jax.data.dataset import REAL, Dataset
from vae_jax.data.pixels import rule
from vae_jax.errors import UserError
from vae_jax.pipeline.restore import Trained
from vae_jax.portable.trace import named_leaves, trace
from vae_jax.storage import files
from vae_jax.types import Params

TOLERANCE = 1e-5
PLATFORMS = ("cpu", "cuda", "tpu")
MISSING = 'export: needs the extra onnx: pip install "vae_jax[onnx]"'
PROBES = 7  # inputs on which what was written is compared with JAX


class Part(NamedTuple):
    """Encoder or decoder: a function of parameters and a batch."""

    name: str
    function: Callable[[Params, Array], Array]
    input: str  # its name
    width: int  # numbers per input
    outputs: dict[str, int]  # names and widths of the parts of its output
    says: str  # what its input is and what comes out


def parts(trained: Trained) -> list[Part]:
    """The encoder, x [B D] to mean and log-variance [B K]; the decoder, z to E[x|z].

    Pixels are in [0, 1]. Dimensions of z that are not in use are read as 0.
    """
    encoder, decoder = says(trained.job.dataset)
    model, width = trained.job.program.model, trained.job.settings.max_latents
    pixels = int(np.prod(trained.job.dataset.shape))

    def encode(params: Params, x: Float[Array, "B D"]) -> Float[Array, "B P"]:
        q = model.encode(params, x, trained.hparams)
        return jnp.concatenate([q.mean, q.log_var], axis=-1)

    def decode(params: Params, z: Float[Array, "B K"]) -> Float[Array, "B D"]:
        used = trained.hparams.latent_mask[None] * z
        return model.likelihood.mean(model.decode(params, used))

    return [
        Part("encoder", encode, "x", pixels, {"mean": width, "log_var": width}, encoder),
        Part("decoder", decode, "z", width, {"mean": pixels}, decoder),
    ]


def says(dataset: Dataset) -> tuple[str, str]:
    """What encoder and decoder take and give, in words; a pixel by the data set's white."""
    order = "row by row from the top" if len(dataset.shape) == 3 else "in their order"
    colours = "" if dataset.shape[2:] in ((), (1,)) else ", a pixel's channels side by side"
    pixel = f"a pixel is {rule(dataset)}"
    white = f"white is {dataset.white}, {dataset.white_by}"
    within = "" if dataset.pixels == REAL else " in [0, 1]"
    return (
        f"x{within}, {order}{colours}; {pixel} ({white}) -> mean and log-variance of "
        "q(z|x), side by side",
        f"z -> E[x|z]{within}; dimensions from `latents` on are unused",
    )


def write_onnx(trained: Trained, directory: Path) -> list[Path]:
    """Writes `encoder.onnx` and `decoder.onnx`, compared with JAX in onnxruntime.

    A `UserError` without the extra `onnx`, or where onnxruntime differs from JAX.
    """
    try:
        import onnxruntime

        from vae_jax.portable.onnx import BATCH, to_onnx
    except ImportError:
        raise UserError(MISSING) from None
    arrays = {name: np.asarray(a) for name, a in named_leaves(trained.params).items()}
    written = []
    for part in parts(trained):
        graph = trace(part.function, trained.params, jnp.zeros((BATCH, part.width)))
        model = to_onnx(graph, arrays, part.input, part.outputs, part.says)
        content = model.SerializeToString()
        session = onnxruntime.InferenceSession(content)
        run = lambda x, s=session, name=part.input: np.concatenate(
            s.run(None, {name: x}), axis=-1
        )
        compare(trained, part, run, "onnxruntime")
        written.append(directory / f"{part.name}.onnx")
        files.write_bytes(written[-1], content)
    return written


def write_jax(trained: Trained, directory: Path) -> list[Path]:
    """Writes `encoder.jax` and `decoder.jax`: `jax.export.deserialize(...).call(batch)`.

    A `UserError` where what is read back differs from what was exported.
    """
    written = []
    for part in parts(trained):
        function = jax.jit(lambda x, f=part.function: f(trained.params, x))
        shape = export.symbolic_shape(f"batch, {part.width}")
        like = jax.ShapeDtypeStruct(shape, jnp.float32)
        content = export.export(function, platforms=PLATFORMS)(like).serialize()
        compare(trained, part, export.deserialize(content).call, "jax.export")
        written.append(directory / f"{part.name}.jax")
        files.write_bytes(written[-1], bytes(content))
    return written


def write_safetensors(trained: Trained, directory: Path) -> list[Path]:
    """Writes `weights.safetensors`, parameters by name.

    A `UserError` without the extra `onnx`.
    """
    try:
        from safetensors.numpy import save
    except ImportError:
        raise UserError(MISSING) from None
    arrays = {
        name: np.ascontiguousarray(a) for name, a in named_leaves(trained.params).items()
    }
    weights_file = directory / "weights.safetensors"
    files.write_bytes(weights_file, save(arrays))
    return [weights_file]


def description(trained: Trained) -> dict[str, Any]:
    """What somebody needs to build a member's model again, as `model.json` holds it."""
    dataset, settings = trained.job.dataset, trained.job.settings
    encoder, decoder = says(dataset)
    return json.loads(
        json.dumps(
            {
                "member": trained.number,
                "hyperparameters": trained.member.numbers,
                "static": dict(trained.member.static),
                "model": settings.model,
                "max_latents": settings.max_latents,
                "latents": trained.member.latents,
                "data": {
                    "name": dataset.name,
                    "shape": dataset.shape,
                    "white": dataset.white,
                    "white_by": dataset.white_by,
                    "pixel": rule(dataset),
                    "prepared": dataset.prepared,
                    "label_names": dataset.label_names,
                    "sha256": dataset.sha256,
                },
                "encoder": encoder,
                "decoder": decoder,
            },
            default=str,
        )
    )


FORMATS: dict[str, Callable[[Trained, Path], list[Path]]] = {
    "jax": write_jax,
    "safetensors": write_safetensors,
    "onnx": write_onnx,
}


def write(trained: Trained, directory: Path, kinds: Sequence[str]) -> list[Path]:
    """Writes a member in these formats into a directory; returns the files.

    `model.json` comes with all of them: what the model is, and how a file of pixels becomes
    what it is given. An unknown format is a `UserError`, before anything is written.
    """
    for kind in kinds:
        if kind not in FORMATS:
            raise UserError(
                f"export: {kind!r} is no format; there are: {', '.join(FORMATS)}"
            )
    written = [file for kind in kinds for file in FORMATS[kind](trained, directory)]
    model_file = directory / "model.json"
    files.write_json(model_file, description(trained))
    return [*written, model_file]


def compare(trained: Trained, part: Part, run: Callable, where: str) -> None:
    """Raises a `UserError` unless what was written computes what JAX does.

    The largest error on 7 inputs is to be at most 1e-5 of the largest output, or of 1.
    """
    x = np.random.default_rng(0).random((PROBES, part.width), np.float32)
    expected = np.asarray(jax.jit(part.function)(trained.params, jnp.asarray(x)))
    error = np.abs(np.asarray(run(x)) - expected).max() / max(np.abs(expected).max(), 1.0)
    if not error <= TOLERANCE:
        raise UserError(f"{part.name}: {where} differs from JAX by {error:z.1e}")
