"""Members of one program trained in memory: what a run does, without its directory."""

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Num

from vae_jax import registry
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.training.sweep import CompiledProgram
from vae_jax.types import HParams, Images, Log, ModelSpec, TrainState


def hparams_of(spec: ModelSpec, member: Member) -> HParams:
    """The numbers of one member of a program, as scalars and a mask [K].

    What its objective, posterior and prior declare is at its default, unless it is given.
    """
    return jax.tree.map(lambda leaf: leaf[0], stacked(spec, [member]))


def stacked(spec: ModelSpec, members: Sequence[Member]) -> HParams:
    """The same of several members, [M, ...]."""
    defaults = dict(registry.own_defaults(spec._asdict()))
    whole = [m._replace(own=tuple({**defaults, **dict(m.own)}.items())) for m in members]
    return sweep.stack_hparams(whole, spec.max_latents)


class Training:
    """Members of one program in training, their states on the devices.

    program = build_program(spec, batch_size=128, layout=choose_layout(2))
    training = Training(program, stacked(spec, members), data.train)
    log = training.advance(100)
    states = training.states()
    """

    def __init__(
        self, program: CompiledProgram, hparams: HParams, train: Num[np.ndarray, "N D"]
    ) -> None:
        """Initialises members with these numbers [M, ...]; `train` are stored pixels."""
        self.program, self.count, self.epoch = program, len(hparams.seed), 0
        self.groups = sweep.split_groups(program, hparams)
        self.live = [program.init(group) for group in self.groups]
        self.images = sweep.share(program, Images(train, ()))

    def set_learning_rate(self, rate: float) -> None:
        """The learning rate of all members from now on."""
        rates = [np.full_like(group.learning_rate, rate) for group in self.groups]
        put = lambda rate, group: jax.device_put(rate, group.learning_rate.sharding)
        self.groups = [
            group._replace(learning_rate=put(rate, group))
            for rate, group in zip(rates, self.groups)
        ]

    def advance(self, epochs: int) -> Log:
        """Trains so many epochs more; what they logged, [M, ...], means over them."""
        first, self.epoch = self.epoch, self.epoch + epochs
        numbers = range(first, self.epoch)
        called = sweep.train_groups(
            self.program, self.live, self.images, self.groups, numbers
        )
        return sweep.join_groups(list(called), self.count)

    def states(self) -> TrainState:
        """The members' states as NumPy arrays [M, ...]."""
        return sweep.join_groups(self.live, self.count)
