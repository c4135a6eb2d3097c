"""Members laid out over devices, and the compiled programs that train them.

Members are trained in groups of a fixed size: each device runs `width` of them under
`vmap`, and `shard_map` runs the devices side by side. The program is compiled once for
that group; the last group is padded with copies of its last member. So neither the number
of members, nor a member's place, nor the number of host devices changes its bits.

A program's members are cut into blocks, which are trained and saved one after another:
memory does not grow with the number of members beyond a block.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from vae_jax import registry
from vae_jax.hyperparameters import DECLARING
from vae_jax.models.model import build_model, latent_mask
from vae_jax.studies.member import Member
from vae_jax.training import loop
from vae_jax.training.devices import Layout
from vae_jax.training.over_members import AXIS, over_members, placed
from vae_jax.training.pieces import Large, Pieces
from vae_jax.types import HParams, Images, Log, Model, ModelSpec, TrainState

BLOCK_BYTES = 64 * 2**20  # of states in a block, unless one call has more


class CompiledProgram(NamedTuple):
    """The functions that are compiled once for all members that share a `ModelSpec`."""

    model: Model
    layout: Layout
    mesh: Mesh
    init: Callable[[HParams], TrainState]
    train: Callable[..., tuple[TrainState, Log]]  # (states, images, hparams, first, last)
    pieces: Pieces  # the same for images that come in pieces
    state_bytes: int  # of one member's state


def build_program(
    spec: ModelSpec, batch_size: int, layout: Layout, *, patience: int = 0
) -> CompiledProgram:
    """Closes the training functions over a model and compiles them, lazily, for a mesh."""
    model = build_model(spec)
    objective = registry.build("objective", spec.objective)
    mesh = jax.make_mesh(
        (layout.devices,), (AXIS,), devices=jax.local_devices()[: layout.devices]
    )
    init = partial(loop.init_state, model, patience=patience)
    epochs = partial(
        loop.train_epochs, model, objective, batch_size=batch_size, patience=patience
    )
    shapes = jax.eval_shape(init, jax.tree.map(lambda leaf: leaf[0], any_hparams(spec)))
    return CompiledProgram(
        model,
        layout,
        mesh,
        init=over_members(init, mesh, "m"),
        train=over_members(epochs, mesh, "m-m--", donate=(0,)),
        pieces=Pieces(model, objective, batch_size, patience, mesh),
        state_bytes=sum(s.size * s.dtype.itemsize for s in jax.tree.leaves(shapes)),
    )


def any_hparams(spec: ModelSpec) -> HParams:
    """Hyperparameters [1, ...] of a member made up from defaults, for their shapes."""
    own = registry.own_defaults(spec._asdict())
    return stack_hparams([Member(latents=1, own=own)], spec.max_latents)


def block_size(program: CompiledProgram) -> int:
    """Members of a block: whole calls, at least one, of up to `BLOCK_BYTES`."""
    group = program.layout.group
    return max(1, BLOCK_BYTES // program.state_bytes // group) * group


def stack_hparams(members: Sequence[Member], max_latents: int) -> HParams:
    """The members' values as NumPy arrays [M, ...]: float32, seeds uint32."""
    numbers = [member.numbers for member in members]
    columns = {
        name: np.asarray([values[name] for values in numbers], np.float32)
        for name in numbers[0]
    }
    declared: dict[str, dict[str, np.ndarray]] = {kind: {} for kind in DECLARING}
    for dotted, _ in members[0].own:
        kind, _, name = dotted.partition(".")
        declared[kind][name] = columns.pop(dotted)
    del columns["latents"]
    columns["seed"] = np.asarray([member.seed for member in members], np.uint32)
    return HParams(
        **columns,
        latent_mask=np.stack([latent_mask(m.latents, max_latents) for m in members]),
        ramp=np.ones(len(members), np.float32),
        **declared,
    )


def share(program: CompiledProgram, images: Images | Large) -> Images | Large:
    """Images that all members read, with a copy on every device; on disk what is there."""
    whole = NamedSharding(program.mesh, P())
    if isinstance(images, Large):
        parts = jax.device_put((images.valid, images.watched), whole)
        return Large(images.train, *parts)
    return jax.device_put(images, whole)


def split_groups(program: CompiledProgram, tree: Any) -> list[Any]:
    """Cuts arrays `[M, ...]` into groups on the devices, the last one padded."""
    size = program.layout.group

    def cut(leaf, start):
        rows = np.minimum(np.arange(start, start + size), len(leaf) - 1)
        return jnp.asarray(leaf[rows])

    members = len(jax.tree.leaves(tree)[0])
    return [
        placed(program.mesh, jax.tree.map(partial(cut, start=start), tree))
        for start in range(0, members, size)
    ]


def state_template(program: CompiledProgram, group: HParams, members: int) -> TrainState:
    """Empty NumPy arrays [M, ...] with the shapes and types of the members' states."""
    shapes = jax.eval_shape(program.init, group)
    empty = lambda leaf: np.empty((members, *leaf.shape[1:]), leaf.dtype)
    return jax.tree.map(empty, shapes)


def join_groups(groups: Sequence[Any], members: int) -> Any:
    """Joins groups on the devices into NumPy arrays `[M, ...]`, without the padding."""
    groups = jax.device_get(list(groups))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[:members], *groups)


def train_groups(
    program: CompiledProgram,
    states: list[TrainState],
    images: Images | Large,
    hparams: list[HParams],
    epochs: range,
    logs: list[Log | None] | None = None,
) -> Iterator[Log]:
    """Trains each group for these epochs, in place in `states`; yields its `Log`.

    Epochs are counted from 0, so those of the first call begin there.

    `logs` has the last log of each group, if any: a group in which nobody runs any more
    is not called, which changes nothing, since its state would stay as it is.
    """
    for i, group in enumerate(hparams):
        last = logs[i] if logs else None
        if last is not None and not last.running.any():
            no_terms = jax.tree.map(lambda t: np.full_like(t, np.nan), last.terms)
            yield last._replace(terms=no_terms, trained=np.zeros_like(last.trained))
            continue
        if isinstance(images, Large):
            ends = epochs.start, epochs.stop
            states[i], log = program.pieces.train(states[i], images, group, *ends)
        else:
            bounds = jnp.int32(epochs.start), jnp.int32(epochs.stop)
            states[i], log = program.train(states[i], images, group, *bounds)
        yield jax.device_get(log)
