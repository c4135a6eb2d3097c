"""From a pure function to a graph: JAX writes the operations down, these are translated."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal
from jaxtyping import Array

from vae_jax.errors import UserError
from vae_jax.portable.graph import Graph, Operation
from vae_jax.portable.operations import ELEMENTWISE
from vae_jax.portable.settings import SETTINGS, Settings, of_conv, of_cut
from vae_jax.portable.values import Value, folded, free_axes, opened
from vae_jax.types import Params

ALIKE = {
    **{"select_n": "select", "dot_general": "dot", "slice": "cut"},
    **{"reduce_sum": "sum", "reduce_max": "largest"},
}
POWERS = {"square": 2.0, "rsqrt": -0.5}
NOTHING = ("convert_element_type", "copy", "stop_gradient")  # numbers stay numbers


def trace(function: Callable[[Params, Array], Array], params: Any, x: Array) -> Graph:
    """`function(params, x)` as a graph, for inputs of x's shape.

    `params` are arrays or their shapes: nothing is computed. A `UserError` names an
    operation that graphs do not have.
    """
    shapes = {name: leaf.shape for name, leaf in named_leaves(params).items()}
    closed = jax.make_jaxpr(function)(params, x)
    tracer = Tracer(shapes, x.shape)
    (output,) = tracer.inline(closed.jaxpr, closed.consts, tracer.given)
    return tracer.graph(tracer.expanded(output, closed.out_avals[0].shape))


def named_leaves(params: Any) -> dict[str, Any]:
    """The arrays of parameters by path, `decoder/hidden_0/kernel`, in JAX's order."""
    leaves = jax.tree_util.tree_leaves_with_path(params)
    return {"/".join(str(key.key) for key in path): leaf for path, leaf in leaves}


class Tracer:
    """Collects the operations of a JAX program, those of inner functions among them."""

    def __init__(self, parameters: Mapping[str, tuple], shape: Sequence[int]) -> None:
        self.parameters = {name: Value(size) for name, size in parameters.items()}
        self.input = Value(shape)
        self.given = [*self.parameters.values(), self.input]
        self.made: list[Value] = []

    def inline(self, jaxpr, constants: Sequence, inputs: Sequence[Value]) -> list[Value]:
        """The outputs of a JAX program, whose operations join the graph."""
        values: dict[Any, Value] = dict(zip(jaxpr.invars, inputs, strict=True))
        for variable, constant in zip(jaxpr.constvars, constants, strict=True):
            values[variable] = Value(np.shape(constant), np.asarray(constant))
        read = lambda v: (
            Value(np.shape(v.val), np.asarray(v.val))
            if isinstance(v, Literal)
            else values[v]
        )
        for equation in jaxpr.eqns:
            outputs = self.equation(equation, [read(v) for v in equation.invars])
            values.update(zip(equation.outvars, outputs, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def equation(self, equation, inputs: list[Value]) -> list[Value]:
        """The outputs of one equation of a JAX program, given its inputs."""
        inner = next((p for p in equation.params.values() if hasattr(p, "eqns")), None)
        if equation.primitive.name == "platform_index":  # a graph runs where JAX does not
            return [Value((), np.asarray(equation.params["platforms"].index(None)))]
        if equation.primitive.name == "cond" and inputs[0].known is not None:
            inner, inputs = equation.params["branches"][int(inputs[0].known)], inputs[1:]
        if inner is not None:
            return self.inline(*opened(inner), inputs)
        spread = equation.primitive.name == "broadcast_in_dim"  # keeps what is known small
        if all(value.known is not None for value in inputs) and not spread:
            return folded(equation, inputs)
        return self.translate(equation, inputs)

    def translate(self, equation, inputs: list[Value]) -> list[Value]:
        """The outputs of an equation as an operation of the graph, or a few.

        A broadcast is left to those who read it, so a value may be smaller than JAX says
        along axes of size 1; where an operation cannot broadcast, it is expanded.
        """
        kind, params = equation.primitive.name, equation.params
        shapes = [tuple(v.aval.shape) for v in equation.outvars]
        if kind in NOTHING:
            return inputs
        if kind == "broadcast_in_dim":
            return [self.broadcast(inputs[0], shapes[0], params["broadcast_dimensions"])]
        if kind in POWERS or kind == "integer_pow":
            power = Value((), np.asarray(params.get("y", POWERS.get(kind)), np.float32))
            return [self.add("pow", [inputs[0], power], inputs[0].shape, {})]
        name = ALIKE.get(kind, kind)
        if name in ELEMENTWISE:
            shape = np.broadcast_shapes(*(value.shape for value in inputs))
            return [self.add(name, inputs, shape, {})]
        whole = [
            self.expanded(value, tuple(v.aval.shape))
            for value, v in zip(inputs, equation.invars)
        ]
        return self.translate_whole(name, params, whole, shapes)

    def translate_whole(
        self, name: str, params: Settings, inputs: list[Value], shapes: list[tuple]
    ) -> list[Value]:
        """The outputs of an operation that reads its inputs in their full shapes.

        A `UserError` names an operation that graphs do not have.
        """
        first, shape = inputs[0], shapes[0]
        if name in ("reshape", "squeeze", "expand_dims"):
            return [self.reshaped(first, shape)]
        if name == "split":
            return self.split(first, shapes, params["axis"])
        if name == "stack":
            axis = params["axis"]
            one = (*shape[:axis], 1, *shape[axis + 1 :])
            parts = [self.reshaped(value, one) for value in inputs]
            return [self.add("join", parts, shape, {"axis": axis})]
        if name == "concatenate":
            return [self.add("join", inputs, shape, {"axis": params["dimension"]})]
        if name == "cut":
            return [self.cut(first, shape, of_cut(params))]
        if name == "dot":
            return [self.dot(*inputs, params["dimension_numbers"], shape)]
        if name == "conv_general_dilated":
            return [self.add("conv", inputs, shape, of_conv(params))]
        if name not in SETTINGS:
            raise UserError(f"the decoder uses {name}, which an exported graph cannot")
        return [self.add(name, inputs, shape, SETTINGS[name](params))]

    def add(self, kind: str, inputs: list[Value], shape: Sequence[int], settings: Settings):
        """Appends an operation to the graph; returns the array that it makes."""
        value = Value(shape)
        value.operation = kind, inputs, settings
        self.made.append(value)
        return value

    def dot(self, left: Value, right: Value, axes: Any, shape: tuple) -> Value:
        """A product of matrices, or of batches of them, of the axes that JAX names."""
        (left_sums, right_sums), (left_batch, right_batch) = axes
        left_free = free_axes(left, left_sums, left_batch)
        right_free = free_axes(right, right_sums, right_batch)
        left = self.turned(left, (*left_batch, *left_free, *left_sums))
        right = self.turned(right, (*right_batch, *right_sums, *right_free))
        batch, summed = left.shape[: len(left_batch)], left.shape[-len(left_sums) :]
        inner = math.prod(summed)
        rows = math.prod(left.shape[len(batch) : len(left.shape) - len(summed)])
        columns = math.prod(right.shape[len(batch) + len(summed) :])
        left = self.reshaped(left, (*batch, rows, inner))
        right = self.reshaped(right, (*batch, inner, columns))
        product = self.add("dot", [left, right], (*batch, rows, columns), {})
        return self.reshaped(product, shape)

    def turned(self, value: Value, axes: tuple[int, ...]) -> Value:
        """An array with its axes in another order."""
        if axes == tuple(range(len(axes))):
            return value
        shape = tuple(value.shape[axis] for axis in axes)
        if value.known is not None:
            return Value(shape, value.known.transpose(axes))
        return self.add("transpose", [value], shape, {"axes": list(axes)})

    def reshaped(self, value: Value, shape: Sequence[int]) -> Value:
        """The numbers of an array in another shape of the same size."""
        if value.known is not None:
            return Value(shape, value.known.reshape(shape))
        if value.shape == tuple(shape):
            return value
        return self.add("reshape", [value], shape, {})

    def broadcast(self, value: Value, shape: Sequence[int], axes: Sequence[int]) -> Value:
        """The array with its axes at `axes` of a shape, and axes of size 1 between them."""
        sizes = [1] * len(shape)
        for size, axis in zip(value.shape, axes, strict=True):
            sizes[axis] = size
        return self.reshaped(value, sizes)

    def expanded(self, value: Value, shape: tuple[int, ...]) -> Value:
        """The array broadcast to its full shape."""
        if value.shape == shape:
            return value
        if value.known is not None:
            return Value(shape, np.broadcast_to(value.known, shape))
        grown = [n if n != own else 1 for n, own in zip(shape, value.shape, strict=True)]
        ones = Value(grown, np.ones(grown, np.float32))
        return self.add("mul", [value, ones], shape, {})

    def cut(self, value: Value, shape: Sequence[int], settings: Settings) -> Value:
        """A part of an array; of arrays that were joined, from the one that it lies in."""
        if value.operation and value.operation[0] == "join":
            _, parts, joined = value.operation
            axis, start = joined["axis"], 0
            low, high = settings["start"][axis], settings["stop"][axis]
            for part in parts:
                stop = start + part.shape[axis]
                if start <= low and high <= stop:
                    moved = {
                        "start": list(settings["start"]),
                        "stop": list(settings["stop"]),
                    }
                    moved["start"][axis], moved["stop"][axis] = low - start, high - start
                    return self.cut(part, shape, moved)
                start = stop
        if value.shape == tuple(shape):
            return value
        return self.add("cut", [value], shape, settings)

    def split(self, value: Value, shapes: list[tuple], axis: int) -> list[Value]:
        """The parts of an array, of given shapes, that lie side by side along an axis."""
        parts, start = [], [0] * len(value.shape)
        for shape in shapes:
            stop = [a + size for a, size in zip(start, shape)]
            parts.append(self.cut(value, shape, {"start": list(start), "stop": stop}))
            start[axis] = stop[axis]
        return parts

    def graph(self, output: Value) -> Graph:
        """The graph of what the output needs, in order, and of nothing else."""
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
        number = {value: i for i, value in enumerate(order)}
        operations = []
        for value in made:
            kind, inputs, settings = value.operation
            numbers = tuple(number[v] for v in inputs)
            operations.append(Operation(kind, numbers, value.shape, settings))
        return Graph(
            {name: v.shape for name, v in used.items()},
            self.input.shape,
            tuple(np.asarray(v.known) for v in constants),
            tuple(operations),
        )
