"""Members laid out over devices, and the only `jit` of the package.

Members are trained in groups of a fixed size: each device runs `width` of them under
`vmap`, and `shard_map` runs the devices side by side. The program is compiled once for
that group; the last group is padded with copies of its last member. So neither the number
of members, nor a member's place, nor the number of host devices changes its bits.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import joblib
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from vae_jax import registry, train
from vae_jax.errors import UserError
from vae_jax.grid import Member
from vae_jax.model import build_model, latent_mask
from vae_jax.objectives import OBJECTIVES
from vae_jax.types import HParams, Model, Spec, Terms, TrainState

# Members per device in one call. On CPU two is the fastest of 1, 2, 4 and 8 (README,
# "Performance"); a wide `vmap` is what an accelerator wants.
WIDTH = {"cpu": 2}
ACCELERATOR_WIDTH = 64
AXIS = "member"


class Layout(NamedTuple):
    """How members are spread over the machine."""

    platform: str
    devices: int
    width: int  # members per device in one call

    @property
    def group(self) -> int:
        """Members per call."""
        return self.devices * self.width


class Program(NamedTuple):
    """What is compiled once for all members that share a `Spec`."""

    model: Model
    layout: Layout
    mesh: Mesh
    init: Callable[[HParams], TrainState]
    train: Callable[..., tuple[TrainState, Terms]]  # (states, data, hparams, epochs)


def use_all_cores() -> None:
    """Makes every CPU core a device. Call it before JAX has touched its backend.

    Two at least: XLA compiles for one device along another path, with other bits.
    """
    jax.config.update("jax_num_cpu_devices", max(2, joblib.cpu_count()))


def choose_layout() -> Layout:
    """All local devices, each with the width that suits its kind."""
    try:
        platform = jax.default_backend()
    except (RuntimeError, AssertionError) as error:
        asked = jax.config.jax_platforms or "any"
        raise UserError(f"JAX finds no device (platforms: {asked}): {error}") from None
    width = WIDTH.get(platform, ACCELERATOR_WIDTH)
    return Layout(platform, jax.local_device_count(), width)


def build_program(spec: Spec, batch_size: int, layout: Layout) -> Program:
    """Closes the training functions over a model and compiles them, lazily, for a mesh."""
    model = build_model(spec)
    objective = registry.build(OBJECTIVES, "objective", spec.objective)
    mesh = jax.make_mesh((layout.devices,), (AXIS,))
    epochs = partial(train.train_epochs, model, objective, batch_size=batch_size)
    return Program(
        model,
        layout,
        mesh,
        init=over_members(partial(train.init_state, model), mesh, "m"),
        train=over_members(epochs, mesh, "m-m-", donate=(0,)),
    )


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


def stack_hparams(members: Sequence[Member], max_latents: int) -> HParams:
    """The members' values as arrays with a leading member axis."""
    column = lambda name: np.asarray([getattr(m, name) for m in members], np.float32)
    return HParams(
        beta=column("beta"),
        noise=column("noise"),
        learning_rate=column("learning_rate"),
        latent_mask=np.stack([latent_mask(m.latents, max_latents) for m in members]),
        seed=np.asarray([m.seed for m in members], np.uint32),
    )


def share(program: Program, tree: Any) -> Any:
    """Puts arrays that all members read on every device, once."""
    return jax.device_put(tree, NamedSharding(program.mesh, P()))


def split_groups(program: Program, tree: Any) -> list[Any]:
    """Cuts arrays `[M, ...]` into groups on the devices, the last one padded."""
    size = program.layout.group
    sharding = NamedSharding(program.mesh, P(AXIS))

    def cut(leaf, start):
        rows = np.minimum(np.arange(start, start + size), len(leaf) - 1)
        return jnp.asarray(leaf[rows])

    members = len(jax.tree.leaves(tree)[0])
    return [
        jax.device_put(jax.tree.map(partial(cut, start=start), tree), sharding)
        for start in range(0, members, size)
    ]


def state_template(program: Program, group: HParams, members: int) -> TrainState:
    """Empty NumPy arrays with the shapes and types of all members' states."""
    shapes = jax.eval_shape(program.init, group)
    empty = lambda leaf: np.empty((members, *leaf.shape[1:]), leaf.dtype)
    return jax.tree.map(empty, shapes)


def join_groups(groups: Sequence[Any], members: int) -> Any:
    """The reverse: NumPy arrays `[M, ...]` without the padding."""
    groups = jax.device_get(list(groups))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:members], *groups)


def train_groups(
    program: Program,
    states: list[TrainState],
    data: jax.Array,
    hparams: list[HParams],
    epochs: int,
) -> Iterator[Terms]:
    """Trains each group for some epochs, in place in `states`; yields mean `Terms`."""
    for i, group in enumerate(hparams):
        states[i], terms = program.train(states[i], data, group, jnp.int32(epochs))
        yield jax.device_get(terms)


def map_members(
    program: Program,
    members: int,
    function: Callable,
    params: list[Any],
    hparams: list[HParams],
    *shared: Any,
) -> Iterator[Any]:
    """Runs `function(params, hparams, *shared)` on every member; yields each result.

    A group at a time, so memory does not grow with the number of members.
    """
    compiled = over_members(function, program.mesh, "mm" + "-" * len(shared))
    for group_params, group_hparams in zip(params, hparams, strict=True):
        found = jax.device_get(compiled(group_params, group_hparams, *shared))
        for i in range(min(members, program.layout.group)):  # without the padding
            yield jax.tree.map(lambda leaf, i=i: leaf[i], found)
        members -= program.layout.group
