"""A graph as ONNX, for the runtimes of others: the only importer of `onnx`.

Opset 17. Graphs are of a fixed size: one that was traced with BATCH inputs becomes a model
of any number of them, since no other axis has that size.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vae_jax.errors import UserError
from vae_jax.portable.graph import Graph, Operation

BATCH = 7919  # a prime: what has this size is the batch
OPSET, IR = 17, 8
FAR = 2**31 - 1  # the end of an axis, whatever its size
NODES = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "max": "Max",
    "min": "Min",
    "pow": "Pow",
    "neg": "Neg",
    "abs": "Abs",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
    "logistic": "Sigmoid",
    "lt": "Less",
    "gt": "Greater",
    "le": "LessOrEqual",
    "ge": "GreaterOrEqual",
    "dot": "MatMul",
}


def to_onnx(
    graph: Graph,
    weights: Mapping[str, np.ndarray],
    input_name: str,
    outputs: Mapping[str, int],
    says: str = "",
) -> onnx.ModelProto:
    """The ONNX model of a graph that was traced with BATCH inputs, checked by `onnx`.

    `outputs`: names and widths of the parts of the graph's last axis, in order. `says` is
    the model's description. What ONNX cannot hold is a `UserError`.
    """
    builder = Builder()
    names = [builder.constant(weights[name], name) for name in graph.parameters]
    names += [input_name, *(builder.constant(constant) for constant in graph.constants)]
    for operation in graph.operations:
        names.append(builder.operation(operation, [names[i] for i in operation.inputs]))
    start, shape = 0, ["batch", *graph.operations[-1].shape[1:]]
    for name, width in outputs.items():
        builder.slice(names[-1], [start], [start + width], [len(shape) - 1], name)
        start += width
    tensor = helper.make_tensor_value_info
    onnx_graph = helper.make_graph(
        builder.nodes,
        "vae_jax",
        [tensor(input_name, TensorProto.FLOAT, ["batch", *graph.input[1:]])],
        [
            tensor(name, TensorProto.FLOAT, [*shape[:-1], width])
            for name, width in outputs.items()
        ],
        builder.used(),
    )
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(onnx_graph, opset_imports=opset, producer_name="vae_jax")
    model.doc_string, model.ir_version = says, IR
    onnx.checker.check_model(model)
    return model


class Builder:
    """Collects the nodes and constants of an ONNX model, under names of their own."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def constant(self, value: np.ndarray | float, name: str = "") -> str:
        """Adds an array, float32 but for truth values and whole numbers; its name.

        A `UserError` where it has an axis of BATCH: a constant for each input.
        """
        array = np.asarray(value)
        if BATCH in array.shape:
            raise UserError("the model has a constant for each input of a batch")
        kept = array.dtype in (np.bool_, np.int64)
        name = name or f"constant_{len(self.constants)}"
        array = array if kept else array.astype(np.float32)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def used(self) -> list:
        """The constants that a node reads: a turned kernel replaces its original."""
        read = {name for node in self.nodes for name in node.input}
        return [constant for constant in self.constants if constant.name in read]

    def node(self, kind: str, inputs: Sequence[str], name: str = "", **settings) -> str:
        """Adds a node of an ONNX operation; returns the name of its output."""
        name = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **settings))
        return name

    def numbers(self, values: Sequence[int]) -> str:
        """Whole numbers as a constant that a node reads; returns its name."""
        return self.constant(np.array(values, np.int64))

    def slice(self, x: str, start, stop, axes, name: str = "") -> str:
        """Adds x[start:stop] along axes, the batch never cut; returns the output's name."""
        stop = [FAR if end == BATCH else end for end in stop]
        parts = [self.numbers(values) for values in (start, stop, axes)]
        return self.node("Slice", [x, *parts], name)

    def operation(self, operation: Operation, inputs: list[str]) -> str:
        """Adds the nodes that compute one operation of a graph; the output's name."""
        kind, settings, shape = operation.kind, operation.settings, operation.shape
        if kind in NODES:
            return self.node(NODES[kind], inputs)
        if kind == "expm1":  # 2 t / (1 - t), t = tanh(x / 2): no digits are lost near 0
            one, two = (self.constant(n) for n in (1.0, 2.0))
            t = self.node("Tanh", [self.node("Div", [*inputs, two])])
            twice, rest = self.node("Mul", [t, two]), self.node("Sub", [one, t])
            return self.node("Div", [twice, rest])
        if kind == "log1p":
            one = self.constant(1.0)
            return self.node("Log", [self.node("Add", [*inputs, one])])
        if kind == "select":
            which, no, yes = inputs
            return self.node("Where", [which, yes, no])
        if kind == "reshape":
            sizes = [-1 if size == BATCH else size for size in shape]
            return self.node("Reshape", [*inputs, self.numbers(sizes)])
        if kind == "cut":
            axes = list(range(len(shape)))
            return self.slice(*inputs, settings["start"], settings["stop"], axes)
        if kind == "sum":
            axes = self.numbers(settings["axes"])
            return self.node("ReduceSum", [*inputs, axes], keepdims=0)
        if kind == "largest":
            return self.node("ReduceMax", inputs, axes=settings["axes"], keepdims=0)
        if kind == "transpose":
            return self.node("Transpose", inputs, perm=settings["axes"])
        if kind == "join":
            return self.node("Concat", inputs, axis=settings["axis"])
        return self.conv(operation, *inputs)

    def conv(self, operation: Operation, x: str, kernel: str) -> str:
        """Adds a convolution, transposed if it has a spread; returns the output's name.

        ONNX has channels first. A `UserError` for a spread that it cannot hold.
        """
        settings = operation.settings
        x = self.node("Transpose", [x], perm=[0, 3, 1, 2])
        low, high = settings["low"], settings["high"]
        if settings["spread"] == [1, 1]:
            kernel = self.node("Transpose", [kernel], perm=[3, 2, 0, 1])
            convolved = self.node(
                "Conv", [x, kernel], pads=[*low, *high], strides=settings["stride"]
            )
        else:
            array = next(
                numpy_helper.to_array(c) for c in self.constants if c.name == kernel
            )
            turned = self.constant(array[::-1, ::-1].transpose(2, 3, 0, 1))
            outer = [size - 1 for size in array.shape[:2]]
            pads = [[k - end for k, end in zip(outer, ends)] for ends in (low, high)]
            if min(map(min, pads)) < 0 or settings["stride"] != [1, 1]:
                raise UserError("a transposed convolution that ONNX cannot hold")
            convolved = self.node(
                "ConvTranspose",
                [x, turned],
                pads=[*pads[0], *pads[1]],
                strides=settings["spread"],
            )
        return self.node("Transpose", [convolved], perm=[0, 2, 3, 1])
