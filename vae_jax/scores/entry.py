"""What is known of a measured number: its unit, its good end, its range, its headings."""

import math
from typing import NamedTuple

from vae_jax.scores import metric_key as keys
from vae_jax.scores.metric_key import MetricKey

RANGES = {  # by unit
    **dict.fromkeys(("share", "probability", "AUC", "total variation"), (0.0, 1.0)),
    "difference of shares": (-1.0, 1.0),
}
SAID = {(0.0, 1.0): "0 to 1", (-1.0, 1.0): "−1 to 1"}
FROM_0 = "0 or more"


class Entry(NamedTuple):
    """A number; what varies of its key stands in angle brackets, `<k>` for a number."""

    key: MetricKey
    unit: str  # empty: a number without one
    better: str  # "less", "more", the value that is best, or "" for none of these
    meaning: str
    shown: tuple[str, ...] = ()  # what headings of report and explorer begin with
    bounds: str = ""  # the values it can have, in words, where its unit does not say

    @property
    def range(self) -> tuple[float, float]:
        """What no value can leave, nor the interval of a mean of values."""
        return RANGES.get(self.unit, (-math.inf, math.inf))

    @property
    def values(self) -> str:
        """The values it can have, in words: `0 to 1`, `0 or more`, `any`."""
        return self.bounds or SAID.get(self.range, "any")


def of_samples(
    key: MetricKey, unit: str, better: str, meaning: str, *shown: str, bounds: str = ""
) -> Entry:
    """Of generated images, whatever z they come from."""
    return Entry(key.by("<sampler>"), unit, better, meaning, shown, bounds)


def in_features(
    key: MetricKey,
    better: str,
    meaning: str,
    *shown: str,
    unit: str = "",
    bounds: str = "",
) -> Entry:
    """Of generated images, in a space of features."""
    return of_samples(key.within("<space>"), unit, better, meaning, *shown, bounds=bounds)


def on_paths(
    key: MetricKey, unit: str, better: str, meaning: str, *shown: str, bounds: str = ""
) -> Entry:
    """Of paths between the codes of two images, or of cross-fades of their pixels."""
    return Entry(key.by("<way>"), unit, better, meaning, shown, bounds)


def of_log_p(family: str, size: str, how: str) -> list[Entry]:
    """What an estimator of log p(x) gives."""
    quantities = {
        keys.NLL: ("nats", "-log p(x) of an image", "any; 0 or more of whole levels"),
        keys.CROSS_ENTROPY: (
            "nats",
            "What would be -log p(x), were the pixels outcomes of the likelihood",
            "any",
        ),
        keys.NEG_LOG_DENSITY: (
            "nats",
            "-log of a density at pixels of whole levels, which has no least value",
            "any",
        ),
        keys.BITS_PER_DIM: (
            "bits",
            "-log2 p(x) of an image, divided by its number of pixels",
            "any; 0 or more of whole levels",
        ),
    }
    entries = []
    for name, (unit, what, bounds) in quantities.items():
        key = keys.log_likelihood(name, family, size)
        shown = (key.name.replace("_", " "),)
        entries.append(Entry(key, unit, "less", f"{what}, {how}.", shown, bounds))
    return entries


def of_kernel(kernel: str, says: str) -> list[Entry]:
    """A discrepancy between codes and prior, and its p-value."""
    return [
        Entry(
            keys.mmd(kernel),
            "",
            "less",
            f"Squared maximum mean discrepancy (MMD) of codes and prior draws, {says}.",
            bounds="about 0 where they are alike, and then below it as often",
        ),
        Entry(
            keys.mmd_p(kernel),
            "probability",
            "",
            "The chance of a discrepancy as large if codes and prior draws were alike.",
        ),
    ]
