"""From members to settings: means and standard errors over seeds. No JAX."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vae_jax.grid import Member

# member number, split, metric -> value; no entry where a member cannot have one
Values = Mapping[tuple[int, str, str], float]


class Setting(NamedTuple):
    """A member's values without its seed."""

    latents: int
    noise: float
    beta: float
    learning_rate: float
    static: tuple[tuple[str, Any], ...] = ()

    @property
    def is_autoencoder(self) -> bool:
        """Noise 0 and beta 0."""
        return self.noise == 0.0 and self.beta == 0.0

    @property
    def name(self) -> str:
        """The setting in a word, without its latent size."""
        if self.is_autoencoder:
            return "autoencoder"
        return f"β = {self.beta:g}" + ("" if self.noise == 1 else f", noise {self.noise:g}")


class Summary(NamedTuple):
    """A metric over the seeds of one setting."""

    mean: float
    stderr: float | None  # s / sqrt(n); None for a single seed
    count: int


def setting_of(member: Member) -> Setting:
    """The member's setting."""
    return Setting(
        member.latents, member.noise, member.beta, member.learning_rate, member.static
    )


def by_setting(members: Sequence[Member]) -> dict[Setting, list[int]]:
    """Member numbers of each setting: program by program, by size, then by beta.

    The autoencoder comes first of its size.
    """
    groups: dict[Setting, list[int]] = {}
    for number, member in enumerate(members):
        groups.setdefault(setting_of(member), []).append(number)
    programs = {setting.static: i for i, setting in reversed([*enumerate(groups)])}
    order = lambda setting: (programs[setting.static], *setting[:-1])
    return {setting: groups[setting] for setting in sorted(groups, key=order)}


def over_seeds(
    values: Values, numbers: Sequence[int], split: str, metric: str
) -> Summary | None:
    """Mean and standard error of a metric; None where no member has it."""
    found = [values[key] for n in numbers if (key := (n, split, metric)) in values]
    if not found:
        return None
    mean = math.fsum(found) / len(found)
    if len(found) == 1:
        return Summary(mean, None, 1)
    variance = math.fsum((v - mean) ** 2 for v in found) / (len(found) - 1)
    return Summary(mean, math.sqrt(variance / len(found)), len(found))


def show(summary: Summary | None, digits: int = 2) -> str:
    """`19.64 ± 0.03`, or a dash where there is nothing."""
    if summary is None:
        return "–"
    stderr = "" if summary.stderr is None else f" ± {summary.stderr:.{digits}f}"
    return f"{summary.mean:.{digits}f}{stderr}"
