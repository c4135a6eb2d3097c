"""What the tour is told of: the members of one program that travel in the page."""

from typing import NamedTuple

import numpy as np

from vae_jax.explorer.members import codes_of, spreads_of
from vae_jax.explorer.scores import finite
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.sampleability import State, state
from vae_jax.runs.summary import Setting
from vae_jax.scores import metric_key as keys
from vae_jax.scores.collapse import verdict
from vae_jax.scores.metric_key import MetricKey


class Told(NamedTuple):
    """A member in the page: its place there, its setting, its number in its program."""

    place: int
    setting: Setting
    n: int


class Story(NamedTuple):
    """A program and its members in the page, of the seed that the tour is told of."""

    run: ProgramResults
    members: list[Told]

    def sizes(self) -> list[int]:
        """The latent sizes that the page has, ascending."""
        return sorted({told.setting.latents for told in self.members})

    def small(self) -> list[int]:
        """The sizes, two dimensions first, since a map shows all of them; one last."""
        return sorted(self.sizes(), key=lambda size: (size < 2, size))

    def autoencoder(self, latents: int) -> Told | None:
        """The autoencoder of a size."""
        found = (t for t in self.of_size(latents) if t.setting.is_autoencoder)
        return next(found, None)

    def vae(self, latents: int) -> Told | None:
        """The VAE of a size that has beta nearest 1 and has not collapsed."""
        vaes = [t for t in self.vaes(latents) if not self.is_collapsed(t)]
        return min(vaes, key=lambda t: abs(np.log(t.setting.beta)), default=None)

    def vaes(self, latents: int) -> list[Told]:
        """The VAEs of a size, by beta."""
        vaes = [t for t in self.of_size(latents) if is_vae(t.setting)]
        return sorted(vaes, key=lambda t: t.setting.beta)

    def of_size(self, latents: int) -> list[Told]:
        """The members of a size."""
        return [told for told in self.members if told.setting.latents == latents]

    def is_collapsed(self, told: Told) -> bool:
        """Whether none of a member's dimensions has a rate above 0.01 nat."""
        rates = self.run.rates(told.n)
        return rates is not None and verdict(rates).kind == "full"

    def state(self, told: Told) -> State:
        """What is true of the latent space of a member's setting, over its seeds."""
        return state(self.run, told.setting)

    def value(self, told: Told, key: MetricKey) -> float | None:
        """A number of a member, in the run's feature space where it depends on one."""
        space = self.run.space
        key = key.within(space) if key.name in (keys.FD.name, keys.COVERAGE.name) else key
        return finite(self.run.value(told.n, key))

    def training(self, key: MetricKey) -> float:
        """What the training images themselves score; 0 where that is not measured."""
        return self.run.reference("training images", key.within(self.run.space)) or 0.0

    def name(self, told: Told) -> str:
        """How a sentence calls a member: `the autoencoder`, `the VAE with β = 1`."""
        name = self.run.name(told.setting)
        return f"the {name}" if told.setting.is_autoencoder else f"the VAE with {name}"

    def codes(self, told: Told) -> np.ndarray:
        """The codes of the page's test images for a member, [N L]."""
        return codes_of(self.run, told.n, told.setting.latents)

    def spreads(self, told: Told) -> np.ndarray:
        """The standard deviations of their posteriors, [N L]."""
        return spreads_of(self.run, told.n, told.setting.latents)


def is_vae(setting: Setting) -> bool:
    """Whether a setting is a VAE: a posterior that is sampled, and a price on its rate."""
    return setting.noise == 1.0 and setting.beta > 0.0


def tellable(run: ProgramResults, members: list[Told]) -> Story | None:
    """The story of a program's members of the first seed; None where it has no member."""
    if not members:
        return None
    seeds = [run.members[told.n].seed for told in members]
    return Story(run, [told for told, seed in zip(members, seeds) if seed == seeds[0]])
