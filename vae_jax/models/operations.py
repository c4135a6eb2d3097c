"""How much arithmetic a function takes, as XLA counts it."""

import jax


def operations(lowered: jax.stages.Lowered) -> float | None:
    """The floating point operations of a call of a lowered function; None if nobody counts.

    CPUs count what is lowered, accelerators only what is compiled.
    """
    counted = lowered.cost_analysis() or lowered.compile().cost_analysis() or {}
    return float(counted["flops"]) if "flops" in counted else None
