"""A member of a sweep: the values in which it may differ from the others. No JAX."""

from typing import Any, NamedTuple


class Member(NamedTuple):
    """The values in which the members of a sweep may differ."""

    beta: float
    latents: int
    noise: float
    learning_rate: float
    seed: int
    warmup: float = 0.0  # epochs
    cycle: float = 0.0  # epochs
    free_bits: float = 0.0  # nats per dimension
    capacity: float = 0.0  # nats
    static: tuple[tuple[str, Any], ...] = ()  # fields that select the program, and values

    @property
    def has_posterior(self) -> bool:
        """Whether q(z|x) is what the decoder was trained on: posterior noise of scale 1.

        A plain autoencoder (noise 0) has no rate and no ELBO: those cells stay empty. Nor
        has a model trained at another scale: it does not sample the q of its rate.
        """
        return self.noise == 1.0


TRACED = Member._fields[:-1]  # axes whose members share one compiled program
REMEDIES = ("warmup", "cycle", "free_bits", "capacity")  # against collapse; 0 is none
AUTOENCODER = {"beta": 0.0, "noise": 0.0}
