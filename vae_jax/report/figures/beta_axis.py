"""The beta axis: logarithmic, the autoencoder in a place of its own at its left end."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from vae_jax.report.sentences.phrases import counted
from vae_jax.runs import summary
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

CHARACTER = 0.06  # inches, of a tick's label


class BetaAxis(NamedTuple):
    """The x of each beta, its base-2 logarithm; the same for every latent size."""

    betas: list[float]
    learning_rate: float
    rest: tuple[tuple[str, float], ...]  # schedules and own numbers, those of every beta
    autoencoder: bool

    @property
    def step(self) -> float:
        """The typical distance of two neighbouring betas, in factors of two."""
        return float(np.median(np.diff(np.log2(self.betas)))) if self.betas[1:] else 1.0

    @property
    def apart(self) -> float:
        """The x of the autoencoder: a step and a half, or a tenth of the axis, away."""
        ends = np.log2(self.betas[:1] + self.betas[-1:]) if self.betas else np.zeros(2)
        return float(ends[0] - max(1.5 * self.step, 0.1 * (ends[-1] - ends[0])))

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, with room for half a step and more on either side."""
        ends = [self.apart] * self.autoencoder + [float(np.log2(b)) for b in self.betas]
        return ends[0] - 0.6 * self.step, ends[-1] + 0.6 * self.step

    def place(self, setting: Setting) -> float | None:
        """The x of a setting; None where it differs from the axis in more than beta."""
        if setting.learning_rate != self.learning_rate:
            return None
        if setting.is_autoencoder:
            return self.apart
        same = setting.noise == 1.0 and setting.rest == self.rest
        on_axis = same and setting.beta in self.betas
        return float(np.log2(setting.beta)) if on_axis else None

    def placed(self, run: ProgramResults, latents: int) -> list[tuple[float, Setting]]:
        """The x and setting of those of a size that are on the axis, from left to right."""
        positions = [(self.place(setting), setting) for setting in run.of_size(latents)]
        return sorted((x, setting) for x, setting in positions if x is not None)


def beta_axis(run: ProgramResults) -> BetaAxis | None:
    """The axis of a run, at its autoencoder's learning rate; None if it has no place.

    Of several schedules, or of an objective's own numbers, it has the most frequent.
    """
    on_axis = lambda s: s.is_autoencoder or (s.noise == 1.0 and s.beta > 0.0)
    settings = [s for s in run.settings if on_axis(s)]
    if not settings:
        return None
    rate = next((s for s in settings if s.is_autoencoder), settings[0]).learning_rate
    of_same_rate = [s for s in settings if s.learning_rate == rate]
    counts = Counter(s.rest for s in of_same_rate if not s.is_autoencoder)
    rest = min(counts, key=lambda own: (-counts[own], own), default=())
    betas = sorted({s.beta for s in of_same_rate if s.rest == rest and s.beta > 0.0})
    return BetaAxis(betas, rate, rest, any(s.is_autoencoder for s in of_same_rate))


def left_out(run: ProgramResults) -> str:
    """A sentence on the settings without a place on the axis; empty if all have one."""
    axis = beta_axis(run)
    count = sum(axis.place(s) is None for s in run.settings) if axis else 0
    return f" {counted(count, 'setting')} with other values are in the table." * (count > 0)


def draw_axis(panel, axis: BetaAxis, width: float, *, labels: bool) -> None:
    """Draws the ticks of a panel `width` inches wide, as many as fit.

    A line stands between the autoencoder and the betas.
    """
    longest = max((len(as_fraction(beta)) for beta in axis.betas), default=0)
    most = int(width / (longest * CHARACTER + 0.03))
    shown = summary.evenly(axis.betas, max(most - axis.autoencoder, 2))
    positions = [float(np.log2(beta)) for beta in shown]
    names = [as_fraction(beta) for beta in shown]
    if axis.autoencoder:
        positions, names = [axis.apart, *positions], ["AE", *names]
        if axis.betas:
            middle = (axis.apart + np.log2(axis.betas[0])) / 2.0
            panel.axvline(middle, color="0.8", lw=0.7, ls=":")
    panel.set_xticks(positions, names if labels else [])
    panel.set_xlim(*axis.limits)


def as_fraction(beta: float) -> str:
    """A beta as a tick says it: `1/16` where that is shorter than the decimal number."""
    fraction, decimal = f"1/{round(1.0 / beta)}", f"{beta:z.2g}"
    exact = beta < 1.0 and np.isclose(round(1.0 / beta) * beta, 1.0)
    return fraction if exact and len(fraction) <= len(decimal) else decimal


def collapsed_from(run: ProgramResults, axis: BetaAxis, latents: int) -> float | None:
    """The x from which on all settings are fully collapsed, half a step before them.

    None where the last setting is not.
    """
    first = None
    for x, setting in reversed(axis.placed(run, latents)):
        if not is_collapsed(run, setting):
            break
        first = x
    return None if first is None else first - 0.5 * axis.step
