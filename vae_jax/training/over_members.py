"""A function of one member as one of a group, each device running some of the members."""

from collections.abc import Callable
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

AXIS = "member"


def placed(mesh: Mesh, tree: Any) -> Any:
    """Arrays [M, ...] on the devices, each with its members."""
    return jax.device_put(tree, NamedSharding(mesh, P(AXIS)))


def over_members(
    function: Callable, mesh: Mesh, arguments: str, donate: tuple[int, ...] = ()
) -> Callable:
    """Compiles a function of one member for a group of them.

    `arguments` has a letter per positional argument: "m" where each member has its own,
    "-" where they share one.
    """
    mapped = [letter == "m" for letter in arguments]
    group = jax.vmap(function, in_axes=tuple(0 if own else None for own in mapped))
    spread = jax.shard_map(
        group,
        mesh=mesh,
        in_specs=tuple(P(AXIS) if own else P() for own in mapped),
        out_specs=P(AXIS),
        check_vma=False,
    )
    return jax.jit(spread, donate_argnums=donate)
