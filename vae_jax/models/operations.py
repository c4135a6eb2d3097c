"""How much arithmetic a function takes, as XLA counts it."""

import jax

# XLA counts the body of a loop once, and on CPUs convolutions are loops over pieces
# (`models/layers/products.py`): counted is what an accelerator would be given.
COUNTED_FOR = ("cuda",)


def operations(traced: jax.stages.Traced) -> float | None:
    """The floating point operations of a call of a traced function; None if nobody counts.

    CPUs count what is lowered, accelerators only what is compiled.
    """
    lowered = traced.lower(lowering_platforms=COUNTED_FOR)
    counted = lowered.cost_analysis() or traced.lower().compile().cost_analysis() or {}
    return float(counted["flops"]) if "flops" in counted else None


def convolves(traced: jax.stages.Traced) -> bool:
    """Whether a traced function has convolutions."""
    lowered = traced.lower(lowering_platforms=COUNTED_FOR)
    return "stablehlo.convolution" in lowered.as_text()
