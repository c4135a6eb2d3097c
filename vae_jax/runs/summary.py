"""From members to settings: means and standard errors over seeds. No JAX."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vae_jax.hyperparameters import NAMES
from vae_jax.runs.intervals import mean_interval
from vae_jax.scores.catalogue import range_of
from vae_jax.scores.metric_key import MetricKey
from vae_jax.studies.member import Member

# member number, split, key -> value; no entry where a member cannot have one
Values = Mapping[tuple[int, str, MetricKey], float]


class Setting(
    namedtuple("SettingValues", (*(n for n in NAMES if n != "seed"), "own", "static"))
):
    """A member's values without its seed: the fields of `Member`, but that one."""

    __slots__ = ()

    @property
    def is_autoencoder(self) -> bool:
        """Whether it is the plain autoencoder: noise 0 and beta 0."""
        return self.noise == 0.0 and self.beta == 0.0

    @property
    def rest(self) -> tuple[tuple[str, float], ...]:
        """Names and values of all but beta, latents, noise and learning rate.

        They are the schedules and the numbers that its methods declare.
        """
        plain = ("beta", "latents", "noise", "learning_rate", "own", "static")
        common = ((name, getattr(self, name)) for name in self._fields if name not in plain)
        return (*common, *self.own)

    @property
    def name(self) -> str:
        """What the setting is called, without its latent size: `autoencoder`, `β = 2`."""
        if self.is_autoencoder:
            return "autoencoder"
        values = {"noise": self.noise} if self.noise != 1 else {}
        values |= {
            name.partition(".")[2] or name: value for name, value in self.rest if value
        }
        listed = ", ".join(
            f"{n.replace('_', ' ')} {value:zg}" for n, value in values.items()
        )
        return f"β = {self.beta:zg}" + (f" ({listed})" if listed else "")


class Summary(NamedTuple):
    """A metric over the seeds of one setting."""

    mean: float
    stderr: float | None  # of the mean; None for a single seed without halves
    low: float | None  # the 95 % interval
    high: float | None
    count: int


def setting_of(member: Member) -> Setting:
    """The setting of a member: its values without the seed."""
    return Setting(*(getattr(member, name) for name in Setting._fields))


def by_setting(members: Sequence[Member]) -> dict[Setting, list[int]]:
    """Member numbers of each setting: program by program, by size, then by beta.

    The autoencoder comes first of its size.
    """
    groups: dict[Setting, list[int]] = {}
    for number, member in enumerate(members):
        groups.setdefault(setting_of(member), []).append(number)
    programs = {setting.static: i for i, setting in reversed([*enumerate(groups)])}
    size = lambda s: (s.latents, s.noise, s.beta, s.learning_rate, s.rest)
    order = lambda setting: (programs[setting.static], size(setting))
    return {setting: groups[setting] for setting in sorted(groups, key=order)}


def over_seeds(
    values: Values,
    numbers: Sequence[int],
    split: str,
    metric: MetricKey,
    halves: Mapping[tuple[int, str, MetricKey], Sequence[float]] | None = None,
) -> Summary | None:
    """Mean and 95 % interval of a metric; None where no member has it.

    Seeds are the unit; for scores against the real images, whose halves are given, the
    noise of those images, which all members share, is added (`runs/intervals.py`). The
    interval ends where the metric's range does.
    """
    keys = [key for number in numbers if (key := (number, split, metric)) in values]
    if not keys:
        return None
    scores = [values[key] for key in keys]
    half_scores = [halves[key] for key in keys if halves and key in halves]
    if len(scores) == 1 and not half_scores:  # nothing is known of its uncertainty
        return Summary(scores[0], None, None, None, 1)
    interval = mean_interval(
        np.array(scores), np.array(half_scores) if len(half_scores) == len(scores) else None
    )
    low, high = range_of(metric)
    ends = max(interval.low, low), min(interval.high, high)
    return Summary(interval.mean, interval.stderr, *ends, len(scores))


def show(summary: Summary | None, digits: int = 2) -> str:
    """A mean with its standard error, `19.64 ± 0.03`, or a dash where there is none."""
    if summary is None:
        return "–"
    stderr = "" if summary.stderr is None else f" ± {summary.stderr:z.{digits}f}"
    return f"{summary.mean:z.{digits}f}{stderr}"


def evenly(items: Sequence, limit: int) -> list:
    """At most `limit` of the items, evenly chosen, the first and the last among them."""
    if len(items) <= limit:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, limit).round().astype(int)]
