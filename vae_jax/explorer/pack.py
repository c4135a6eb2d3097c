"""Arrays in a page, as base64: float16 where that is enough, else float32. No JAX."""

import base64
from collections.abc import Mapping

import numpy as np

from vae_jax.portable.graph import Graph, run

HALF_ERROR = 1e-3  # of a pixel in [0, 1]
PROBES = 24  # points at which float16 is tried


def pack(array: np.ndarray, kind: str) -> dict[str, str]:
    """An array as base64 of its bytes, with its kind: u1, f2 or f4, little-endian.

    What float16 cannot hold is float32.
    """
    if kind == "f2" and np.abs(array).max(initial=0.0) > np.finfo(np.float16).max:
        kind = "f4"
    raw = np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes()
    return {"kind": kind, "data": base64.b64encode(raw).decode()}


def pack_weights(
    graph: Graph, weights: Mapping[str, np.ndarray], latents: int, codes: np.ndarray
) -> dict[str, dict[str, str]]:
    """The weights of one decoder, without those of latent dimensions not in use.

    In float16 if at codes and at draws of N(0, I) no pixel changes by more than 1e-3.
    """
    kind = "f2" if half_is_enough(graph, weights, latents, codes) else "f4"
    reads_z = first_kernels(graph)
    return {
        name: pack(array[:latents] if name in reads_z else array, kind)
        for name, array in weights.items()
    }


@np.errstate(over="ignore", invalid="ignore")  # what overflows is not enough
def half_is_enough(
    graph: Graph, weights: Mapping[str, np.ndarray], latents: int, codes: np.ndarray
) -> bool:
    """Whether weights rounded to float16 change no pixel in [0, 1] by more than 1e-3.

    Tried at `codes` and at draws of N(0, I).
    """
    rounded = {
        name: array.astype(np.float16).astype(np.float32) for name, array in weights.items()
    }
    draws = np.random.default_rng(0).standard_normal((PROBES, latents))
    for point in np.concatenate([codes[:PROBES, :latents], draws]):
        z = np.zeros(graph.input, np.float32)
        z[0, :latents] = point
        error = np.abs(run(graph, weights, z) - run(graph, rounded, z)).max()
        if not error <= HALF_ERROR:  # nor where it is not a number
            return False
    return True


def first_kernels(graph: Graph) -> set[str]:
    """The parameters that are multiplied with z, which have a row per latent dimension."""
    names = list(graph.parameters)
    return {
        names[operation.inputs[1]]
        for operation in graph.operations
        if operation.kind == "dot"
        and operation.inputs[0] == len(names)
        and operation.inputs[1] < len(names)
    }
