"""The arrays of a JAX program as a graph is made of them, some with their numbers known."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae_jax.portable.settings import Settings


class Value:
    """An array of the graph: its shape, and its numbers if known, or what makes it."""

    def __init__(self, shape: Sequence[int], known: np.ndarray | None = None) -> None:
        self.shape, self.known = tuple(shape), known
        self.operation: tuple[str, list["Value"], Settings] | None = None


def opened(inner: Any) -> tuple[Any, Sequence]:
    """A JAX program inside another, and its constants, of which an open one has none."""
    return (inner.jaxpr, inner.consts) if hasattr(inner, "consts") else (inner, ())


def free_axes(value: Value, sums: Sequence[int], batch: Sequence[int]) -> tuple[int, ...]:
    """The axes of an operand of a product that neither end in a sum nor count batches."""
    return tuple(n for n in range(len(value.shape)) if n not in (*sums, *batch))


def folded(equation, inputs: list[Value]) -> list[Value]:
    """The outputs of an equation whose inputs are known: computed now."""
    sizes = [tuple(v.aval.shape) for v in equation.invars]
    arrays = [np.broadcast_to(v.known, size) for v, size in zip(inputs, sizes)]
    outputs = equation.primitive.bind(*arrays, **equation.params)
    outputs = outputs if equation.primitive.multiple_results else [outputs]
    return [Value(np.shape(array), np.asarray(array)) for array in outputs]
