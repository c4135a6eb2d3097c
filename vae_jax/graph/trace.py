"""From a pure function to a graph: JAX writes the operations down, these are translated."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal
from jaxtyping import Array

from vae_jax.errors import UserError
from vae_jax.graph.graph import Graph, Operation
from vae_jax.graph.operations import OPERATIONS
from vae_jax.types import Params

ALIKE = {"select_n": "select", "dot_general": "dot", "reduce_sum": "sum", "slice": "cut"}
NOTHING = ("convert_element_type", "copy", "stop_gradient")  # numbers stay numbers
Settings = dict[str, Any]


def trace(function: Callable[[Params, Array], Array], params: Params, x: Array) -> Graph:
    """`function(params, x)` as a graph, for inputs of x's shape.

    A `UserError` names an operation that graphs do not have.
    """
    shapes = {name: leaf.shape for name, leaf in named_leaves(params).items()}
    closed = jax.make_jaxpr(function)(params, x)
    tracer = Tracer(shapes, x.shape)
    (output,) = tracer.inline(closed.jaxpr, closed.consts, tracer.given)
    return tracer.graph(output)


def named_leaves(params: Params) -> dict[str, Array]:
    """Parameters by their paths, `decoder/hidden_0/kernel`, in JAX's order."""
    leaves = jax.tree_util.tree_leaves_with_path(params)
    return {"/".join(str(key.key) for key in path): leaf for path, leaf in leaves}


class Value:
    """An array of the graph: known now, or where it comes from."""

    def __init__(self, shape: Sequence[int], known: np.ndarray | None = None) -> None:
        self.shape, self.known = tuple(shape), known
        self.operation: tuple[str, list["Value"], Settings] | None = None


class Tracer:
    """Collects the operations of a program, those of its functions in their place."""

    def __init__(self, parameters: Mapping[str, tuple], shape: Sequence[int]) -> None:
        self.parameters = {name: Value(size) for name, size in parameters.items()}
        self.input = Value(shape)
        self.given = [*self.parameters.values(), self.input]
        self.made: list[Value] = []

    def inline(self, jaxpr, constants: Sequence, inputs: Sequence[Value]) -> list[Value]:
        """The outputs of a program, with the operations it took."""
        known: dict[Any, Value] = dict(zip(jaxpr.invars, inputs, strict=True))
        for variable, constant in zip(jaxpr.constvars, constants, strict=True):
            known[variable] = Value(np.shape(constant), np.asarray(constant))
        read = lambda v: (
            Value(np.shape(v.val), np.asarray(v.val))
            if isinstance(v, Literal)
            else known[v]
        )
        for equation in jaxpr.eqns:
            outputs = self.equation(equation, [read(v) for v in equation.invars])
            known.update(zip(equation.outvars, outputs, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def equation(self, equation, inputs: list[Value]) -> list[Value]:
        """The outputs of one equation."""
        inner = next((p for p in equation.params.values() if hasattr(p, "jaxpr")), None)
        if inner is not None:
            return self.inline(inner.jaxpr, inner.consts, inputs)
        if all(value.known is not None for value in inputs):
            return folded(equation, inputs)
        return self.translate(equation, inputs)

    def translate(self, equation, inputs: list[Value]) -> list[Value]:
        """An operation of the graph, or a few."""
        kind, params = equation.primitive.name, equation.params
        shapes = [tuple(v.aval.shape) for v in equation.outvars]
        if kind in NOTHING:
            return inputs
        if kind in ("reshape", "squeeze", "expand_dims"):
            return [self.reshaped(inputs[0], shapes[0])]
        if kind == "broadcast_in_dim":
            return [self.broadcast(inputs[0], shapes[0], params["broadcast_dimensions"])]
        if kind == "split":
            return self.split(inputs[0], shapes, params["axis"])
        if kind == "stack":
            parts = [self.reshaped(v, one_at(shapes[0], params["axis"])) for v in inputs]
            return [self.add("join", parts, shapes[0], {"axis": params["axis"]})]
        if kind == "concatenate":
            axis = {"axis": params["dimension"]}
            return [self.add("join", inputs, shapes[0], axis)]
        if kind in ("square", "integer_pow"):
            power = Value((), np.asarray(params.get("y", 2), np.float32))
            return [self.add("pow", [inputs[0], power], shapes[0], {})]
        if kind == "conv_general_dilated":
            return [self.add("conv", inputs, shapes[0], of_conv(params))]
        name = ALIKE.get(kind, kind)
        if name not in OPERATIONS:
            raise UserError(f"the decoder uses {kind}, which an exported graph cannot")
        return [self.add(name, inputs, shapes[0], SETTINGS.get(name, nothing)(params))]

    def add(self, kind: str, inputs: list[Value], shape: Sequence[int], settings: Settings):
        """One more operation."""
        value = Value(shape)
        value.operation = kind, inputs, settings
        self.made.append(value)
        return value

    def reshaped(self, value: Value, shape: Sequence[int]) -> Value:
        """The same numbers in another shape."""
        if value.known is not None:
            return Value(shape, value.known.reshape(shape))
        if value.shape == tuple(shape):
            return value
        return self.add("reshape", [value], shape, {})

    def broadcast(self, value: Value, shape: Sequence[int], places: Sequence[int]) -> Value:
        """Axes of size 1 where there are none: every reader broadcasts by itself."""
        sizes = [1] * len(shape)
        for size, place in zip(value.shape, places, strict=True):
            sizes[place] = size
        found = self.reshaped(value, sizes)
        if found.shape == tuple(shape):
            return found
        ones = Value(shape, np.ones(shape, np.float32))
        return self.add("mul", [found, ones], shape, {})

    def split(self, value: Value, shapes: list[tuple], axis: int) -> list[Value]:
        """Parts that lie side by side along an axis."""
        parts, start = [], [0] * len(value.shape)
        for shape in shapes:
            stop = [a + size for a, size in zip(start, shape)]
            cut = {"start": list(start), "stop": stop}
            parts.append(self.add("cut", [value], shape, cut))
            start[axis] = stop[axis]
        return parts

    def graph(self, output: Value) -> Graph:
        """What the output needs, in order; nothing else."""
        needed, left = {output: None}, [output]  # a dict keeps their order
        while left:
            for value in (left.pop().operation or ("", [], {}))[1]:
                if value not in needed:
                    needed[value] = None
                    left.append(value)
        constants = [v for v in needed if v.known is not None]
        used = {name: v for name, v in self.parameters.items() if v in needed}
        made = [v for v in self.made if v in needed]
        order = [*used.values(), self.input, *constants, *made]
        place = {value: i for i, value in enumerate(order)}
        operations = []
        for value in made:
            kind, inputs, settings = value.operation
            numbers = tuple(place[v] for v in inputs)
            operations.append(Operation(kind, numbers, value.shape, settings))
        return Graph(
            {name: v.shape for name, v in used.items()},
            self.input.shape,
            tuple(np.asarray(v.known) for v in constants),
            tuple(operations),
        )


def folded(equation, inputs: list[Value]) -> list[Value]:
    """The outputs of an equation that depends on nothing."""
    found = equation.primitive.bind(*(v.known for v in inputs), **equation.params)
    found = found if equation.primitive.multiple_results else [found]
    return [Value(np.shape(array), np.asarray(array)) for array in found]


def one_at(shape: Sequence[int], axis: int) -> list[int]:
    """The shape with a 1 on an axis."""
    return [1 if i == axis else size for i, size in enumerate(shape)]


def of_dot(params: Settings) -> Settings:
    """Matrix products only."""
    if params["dimension_numbers"] != (((1,), (0,)), ((), ())):
        raise UserError("the decoder has a product that an exported graph cannot hold")
    return {}


def of_conv(params: Settings) -> Settings:
    """Flax's convolutions: images [N H W C], kernels [h w C O], one group."""
    found = params["dimension_numbers"]
    layout = found.lhs_spec, found.rhs_spec, found.out_spec
    plain = params["feature_group_count"] == 1 and set(params["rhs_dilation"]) == {1}
    if layout != ((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2)) or not plain:
        raise UserError("the decoder has a convolution that an exported graph cannot hold")
    low, high = zip(*params["padding"])
    return {
        "spread": list(params["lhs_dilation"]),
        "stride": list(params["window_strides"]),
        "low": list(low),
        "high": list(high),
    }


def of_cut(params: Settings) -> Settings:
    """Slices without steps."""
    if params["strides"] is not None and set(params["strides"]) != {1}:
        raise UserError("the decoder has a slice with steps: an exported graph cannot")
    return {"start": list(params["start_indices"]), "stop": list(params["limit_indices"])}


nothing = lambda params: {}
SETTINGS: dict[str, Callable[[Settings], Settings]] = {
    "dot": of_dot,
    "cut": of_cut,
    "sum": lambda params: {"axes": list(params["axes"])},
    "transpose": lambda params: {"axes": list(params["permutation"])},
}
