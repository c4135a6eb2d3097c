"""The results of one program of a run, as everything that shows them asks for them."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.data.display import Look
from vae_jax.data.facts import recorded_look
from vae_jax.runs import feature_space
from vae_jax.runs.pictures import Pictures
from vae_jax.runs.summary import Setting, Summary, Values, over_seeds
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import EVERYTHING, MetricKey, rate_dim
from vae_jax.studies.member import Member

OF_TRAINING_IMAGES = ("collapse", "information")  # families, as pages show them
Place = tuple[int, str, MetricKey]  # of a number: member, split, key


class ProgramResults(NamedTuple):
    """One program of a finished run, its members numbered from 0."""

    workdir: Path
    record: dict[str, Any]  # with the config and the data of this program
    title: str  # what sets the program apart; empty if it is the only one
    numbers: list[int]  # of the members in the whole run
    members: list[Member]
    statuses: list[str]
    values: Values
    halves: dict[Place, tuple[float, ...]]  # scores on half the real images
    notes: dict[Place, str]  # for people
    flags: dict[Place, tuple[Flag, ...]]  # why there is no number, or how to read it
    epochs: dict[int, list[int]]  # after which a member's unfinished numbers were measured
    settings: dict[Setting, list[int]]  # member numbers, one per seed
    baselines: dict[str, Any]  # each split's ends of distortion; reference generators
    pictures: Pictures

    def diverged(self) -> list[int]:
        """The diverged members, by their numbers in the whole run."""
        return [
            number
            for number, status in zip(self.numbers, self.statuses)
            if status == "diverged"
        ]

    def failed(self) -> list[int]:
        """The members of whom a number failed, by their numbers in the whole run."""
        places = (place for place, flags in self.flags.items() if Flag.FAILED in flags)
        return sorted({self.numbers[member] for member, *_ in places})

    def unfinished(self) -> dict[str, list[int]]:
        """The members whose numbers are not final, by what is wrong with them.

        `not evaluated`, `after epoch 3 of 9`: with the members' numbers in the run.
        """
        numbers_by_fault: dict[str, set[int]] = {}
        last = self.record["config"]["epochs"]
        for (member, *_), flags in self.flags.items():
            if self.statuses[member] == "diverged":
                continue
            faults = ["not evaluated"] * (Flag.NOT_EVALUATED in flags)
            if Flag.UNFINISHED in flags:
                epochs = self.epochs.get(member) or ["?"]  # where their log is lost
                faults += [f"after epoch {epoch} of {last}" for epoch in epochs]
            for fault in faults:
                numbers_by_fault.setdefault(fault, set()).add(self.numbers[member])
        return {fault: sorted(numbers) for fault, numbers in numbers_by_fault.items()}

    def reason(self, setting: Setting, key: MetricKey) -> str:
        """Why a setting has no number of a key: `diverged`, a note, or `not measured`."""
        if self.count(setting).startswith("0 "):
            return "diverged"
        numbers, split = self.settings[setting], shown_split(key)
        places = [(n, split, key) for n in numbers] + [(n, "", EVERYTHING) for n in numbers]
        notes = [self.notes[place] for place in places if place in self.notes]
        return notes[0] if notes else "not measured"

    def reference(self, generator: str, key: MetricKey) -> float | None:
        """What a generator without a model scores, or None where that is not known.

        Generators: `training images`, `mean image`.
        """
        return self.baselines.get("generators", {}).get(generator, {}).get(key.metric)

    def measured(self) -> set[MetricKey]:
        """The keys of all numbers that members have, whatever their split."""
        return {key for _, _, key in self.values}

    def has(self, key: MetricKey) -> bool:
        """Whether any member has such a number, of the split that pages show."""
        return any(place[1:] == (shown_split(key), key) for place in self.values)

    def value(self, member: int, key: MetricKey) -> float | None:
        """A member's number, of the split that pages show; None where it has none."""
        return self.values.get((member, shown_split(key), key))

    def summary(
        self, setting: Setting, key: MetricKey, split: str | None = None
    ) -> Summary | None:
        """A metric over the seeds of a setting; None where no member has it.

        Of the split that pages show, or of another one.
        """
        numbers = self.settings[setting]
        return over_seeds(self.values, numbers, split or shown_split(key), key, self.halves)

    def rates(self, member: int) -> np.ndarray | None:
        """Each dimension's rate on training images `[latents]`, nats; None if one lacks."""
        latents = range(self.members[member].latents)
        rates = [self.value(member, rate_dim(k)) for k in latents]
        return None if None in rates else np.array(rates)

    def name(self, setting: Setting) -> str:
        """The name of a setting without its latent size; unique among those of its size."""
        rates = {other.learning_rate for other in self.settings}
        rate = f", lr {setting.learning_rate:zg}" if len(rates) > 1 else ""
        return f"{setting.name}{rate}"

    def alive(self, setting: Setting) -> list[int]:
        """The numbers of the members of a setting that have not diverged."""
        return [n for n in self.settings[setting] if self.statuses[n] != "diverged"]

    def shown(self, setting: Setting) -> int:
        """The number of the member in the pictures: the first seed that has not diverged.

        The first of all where every seed has.
        """
        return (self.alive(setting) or self.settings[setting])[0]

    def count(self, setting: Setting) -> str:
        """How many seeds are behind a setting's numbers: `5`; `4 of 5` if one diverged."""
        alive, all_ = len(self.alive(setting)), len(self.settings[setting])
        return str(alive) if alive == all_ else f"{alive} of {all_}"

    def sizes(self) -> list[int]:
        """The latent sizes of the program's members, ascending."""
        return sorted({setting.latents for setting in self.settings})

    def of_size(self, latents: int) -> list[Setting]:
        """The settings of a latent size, autoencoder first, then by beta."""
        return [setting for setting in self.settings if setting.latents == latents]

    @property
    def id(self) -> str:
        """The short name of the run's result, which stands in every figure and table."""
        return str(self.record["id"])

    @property
    def space(self) -> str:
        """The feature space in which samples are judged, part of the metrics' names."""
        return str(self.baselines["space"]["name"])

    @property
    def judges_samples(self) -> bool:
        """Whether any number of the run is of that space."""
        return any(key.space == self.space for key in self.measured())

    @property
    def space_in_brief(self) -> str:
        """That space in a few words, with the accuracy of the classifier whose it is."""
        return feature_space.in_brief(self.baselines)

    @property
    def space_in_words(self) -> str:
        """That space in a clause, with the accuracy of a classifier and of chance."""
        return feature_space.in_words(self.baselines)

    @property
    def not_a_likelihood(self) -> str:
        """Why -log p(x|z) is none on the program's pixels; empty if it is one."""
        return str(self.baselines["likelihood"]["why_none"])

    @property
    def label_names(self) -> list[str]:
        """What the labels 0, 1, ... are called; none where they are numbers."""
        return list(self.record["data"].get("label_names", ()))

    @property
    def look(self) -> Look:
        """How rows of pixels become pictures: their shape, ink or light, and span."""
        return recorded_look(self.record["data"])


def shown_split(key: MetricKey) -> str:
    """The split of which pages show a metric: `train` or `test`."""
    return "train" if key.family in OF_TRAINING_IMAGES else "test"
