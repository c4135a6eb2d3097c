"""What a run has swept: the axis along which its settings are compared, in words."""

from collections.abc import Sequence
from typing import NamedTuple

from vae_jax.report.sentences.phrases import listing
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting


class SweptAxis(NamedTuple):
    """The number along which settings are compared, and how it is called."""

    name: str  # a field of `Setting`, or a number of its `rest`
    said: str  # "β", "free bits", "latents"

    def value(self, setting: Setting) -> float:
        """The value of a setting on the axis."""
        if self.name in ("beta", "latents", "learning_rate", "noise"):
            return float(getattr(setting, self.name))
        return float(dict(setting.rest).get(self.name, 0.0))

    def at(self, value: float) -> str:
        """A value in words: `β = 0.5`, `8 latents`."""
        if self.name == "latents":
            return f"{value:zg} latent{'s' * (value != 1)}"
        return f"{self.said} = {value:zg}"

    def between(self, low: float, high: float) -> str:
        """A range in words: `β between 0.25 and 1`, `4 to 16 latents`."""
        if low == high:
            return self.at(low)
        if self.name == "latents":
            return f"{low:zg} to {high:zg} latents"
        return f"{self.said} between {low:zg} and {high:zg}"


BETA, LATENTS = SweptAxis("beta", "β"), SweptAxis("latents", "latents")


def vaes_of(run: ProgramResults) -> list[Setting]:
    """The settings that are VAEs: with a posterior that is sampled, and a beta."""
    return [s for s in run.settings if s.noise == 1.0 and s.beta > 0.0]


def swept_axis(run: ProgramResults) -> SweptAxis:
    """The axis of a run's VAEs: beta if that varies, else what does; latents come last."""
    vaes = vaes_of(run)
    varies = lambda axis: len({axis.value(setting) for setting in vaes}) > 1
    own = {name for setting in vaes for name, _ in setting.rest}
    others = [SweptAxis("learning_rate", "learning rate")]
    others += [
        SweptAxis(name, (name.partition(".")[2] or name).replace("_", " "))
        for name in sorted(own)
    ]
    return next(filter(varies, (BETA, *others, LATENTS)), BETA)


def question(parts: Sequence[ProgramResults]) -> str:
    """The question of a run, by what it has swept."""
    fields = [part.title.partition(" = ")[0] for part in parts if part.title]
    if len(parts) > 1 and fields:
        return (
            f"Which {listing(list(dict.fromkeys(fields)))} makes a latent space sampleable?"
        )
    axis = swept_axis(parts[0])
    if axis == LATENTS:
        return "With how many latents is a latent space sampleable?"
    if axis == BETA:
        return "When does a latent space become sampleable?"
    return f"At which {axis.said} is a latent space sampleable?"
