"""The record of a graph, its JSON, and its meaning in NumPy. No JAX."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vae_jax.portable.operations import OPERATIONS


class Operation(NamedTuple):
    """An operation that makes one array from others; its number is its position."""

    kind: str  # a key of `operations.OPERATIONS`
    inputs: tuple[int, ...]  # numbers of the arrays it reads
    shape: tuple[int, ...]
    settings: dict[str, Any]


class Graph(NamedTuple):
    """Arrays numbered in order: parameters, the input, constants, then operations.

    The output is the last one.
    """

    parameters: dict[str, tuple[int, ...]]  # shape by name, `decoder/hidden_0/kernel`
    input: tuple[int, ...]  # shape
    constants: tuple[np.ndarray, ...]
    operations: tuple[Operation, ...]


def run(graph: Graph, parameters: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The output of a graph for an input x, in the precision of the parameters."""
    values = [*(parameters[name] for name in graph.parameters), x, *graph.constants]
    for operation in graph.operations:
        inputs = [values[i] for i in operation.inputs]
        settings = {"shape": operation.shape, **operation.settings}
        values.append(OPERATIONS[operation.kind](settings, *inputs))
    return values[-1]


def as_json(graph: Graph) -> dict[str, Any]:
    """A graph as lists and numbers, as a file or a page holds it."""
    return {
        "parameters": {name: list(shape) for name, shape in graph.parameters.items()},
        "input": list(graph.input),
        "constants": [
            {"shape": list(c.shape), "values": c.astype(float).ravel().tolist()}
            for c in graph.constants
        ],
        "operations": [
            {"kind": o.kind, "inputs": list(o.inputs), "shape": list(o.shape), **o.settings}
            for o in graph.operations
        ],
    }


def from_json(record: Mapping[str, Any]) -> Graph:
    """The graph of what `as_json` wrote; `KeyError` and its like if it is damaged."""
    array = lambda c: np.float32(c["values"]).reshape(c["shape"])
    fields = ("kind", "inputs", "shape")
    return Graph(
        {name: tuple(shape) for name, shape in record["parameters"].items()},
        tuple(record["input"]),
        tuple(array(constant) for constant in record["constants"]),
        tuple(
            Operation(
                o["kind"],
                tuple(o["inputs"]),
                tuple(o["shape"]),
                {name: value for name, value in o.items() if name not in fields},
            )
            for o in record["operations"]
        ),
    )
