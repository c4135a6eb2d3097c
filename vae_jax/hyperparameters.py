"""The one table of traced numbers: what a sweep may vary within one compiled program.

`COMMON` holds the numbers that every member has. A factory of an objective, a posterior or
a prior adds its own with `declares`; a config sets such a number in the factory's group
(`objective.capacity`) and a grid sweeps it (`sweep.objective.capacity`). Members, their
arrays in training, the columns of the tables, the axes of a grid and the checks of a config
all derive from these records. No JAX.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
DECLARING = ("objective", "posterior", "prior")  # kinds whose factories may declare numbers


class Hyper(NamedTuple):
    """A traced number: its name, default, unit, range and meaning."""

    name: str
    default: float
    unit: str  # empty for a pure number
    meaning: str
    low: float = 0.0
    high: float = math.inf
    open_low: bool = False  # whether `low` itself is out of range
    whole: bool = False  # a whole number
    of_rate: bool = False  # acts on the rate alone: nothing to a plain autoencoder

    @property
    def range(self) -> str:
        """The range in words, for messages and documentation: `0 or more`, `above 0`."""
        if self.high < math.inf:
            return f"{self.low:zg} to {self.high:z.0f}"
        return f"above {self.low:zg}" if self.open_low else f"{self.low:zg} or more"


COMMON = (
    Hyper("beta", 1.0, "", "weight of the rate in the loss", of_rate=True),
    Hyper("latents", 2, "dimensions", "latent dimensions in use", low=1, whole=True),
    Hyper(
        *("noise", 1.0, ""),
        "scale of the posterior noise: 1 draws from the posterior, 0 decodes its mean",
        of_rate=True,
    ),
    Hyper("learning_rate", 1e-3, "", "step size of the optimiser", open_low=True),
    Hyper(
        *("seed", 0, ""),
        "root of every random number of the member",
        high=2.0**32 - 1,
        whole=True,
    ),
    Hyper("warmup", 0.0, "epochs", "time in which beta or a capacity rises", of_rate=True),
    Hyper("cycle", 0.0, "epochs", "time after which the warm-up begins anew", of_rate=True),
)
NAMES = tuple(hyper.name for hyper in COMMON)


def declares(*numbers: Hyper) -> Callable[[F], F]:
    """Decorates a factory with traced numbers of its own.

        @declares(Hyper("capacity", 0.0, "nats", "rate that is aimed at; 0 is none"))
        def elbo() -> Objective: ...

    What the factory returns reads them from `HParams`, under the factory's kind:
    `hparams.objective["capacity"]`. They are no arguments of the factory.
    """

    def mark(factory: F) -> F:
        factory.numbers = numbers
        return factory

    return mark


def declared(factory: Callable[..., Any]) -> tuple[Hyper, ...]:
    """The traced numbers that a factory declares; most factories declare none."""
    return getattr(factory, "numbers", ())


def as_markdown(numbers: Mapping[str, Hyper]) -> str:
    """The table of traced numbers, by the names of their axes, as Markdown."""
    rows = [
        f"| `{name}` | {hyper.default:zg} | {hyper.unit or '–'} | {hyper.range} | "
        f"{hyper.meaning} |"
        for name, hyper in numbers.items()
    ]
    header = "| number | default | unit | range | meaning |\n|---|---|---|---|---|"
    return "\n".join([header, *rows])
