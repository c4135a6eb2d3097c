"""Stops on the price of rate: the two pressures, lines between images, collapse."""

import numpy as np

from vae_jax.explorer.tour.stop import Stop, first, in_words, percent, shows
from vae_jax.explorer.tour.story import Story, Told
from vae_jax.scores import metric_key as keys

MIDDLE = keys.MID_OFF_MANIFOLD.by("lerp")
NOTICED = 0.01  # difference of shares that is worth a sentence
CANDIDATES = 80  # test images among which the ends of a line are looked for


def pressures(story: Story) -> Stop | None:
    """Distortion against rate, as beta moves."""
    by_size = (rated(story, size) for size in story.small())
    vaes = next((vaes for vaes in by_size if len({beta(t) for t in vaes}) > 1), None)
    if vaes is None:
        return None
    low, high = vaes[0], vaes[-1]
    ends = [[story.value(t, k) for t in (low, high)] for k in (keys.RATE, keys.DISTORTION)]
    verbs = ["falls" if e[1] < e[0] else "rises" for e in ends]
    text = [
        "Two pressures act on a VAE. One is to lose little: a low distortion D. The other "
        "is to keep the clouds near the bell curve N(0, I); how far a cloud is from it is "
        "its rate R. Training minimises D + β·R: β is the price of a nat of rate.",
        f"Move the slider over β and follow the dots. From β = {beta(low):zg} to "
        f"β = {beta(high):zg} the rate {verbs[0]} from {in_words(ends[0][0])} to "
        f"{in_words(ends[0][1])} nats and the distortion {verbs[1]} from "
        f"{in_words(ends[1][0])} to {in_words(ends[1][1])}.",
    ]
    return Stop("pressures", "Two pressures", text, shows(low, tool="balance", view="all"))


def continuity(story: Story) -> Stop | None:
    """A line between two images in both models."""
    pair = differing(story)
    if pair is None:
        return None
    autoencoder, vae = pair
    ends = ends_of_a_line(story, autoencoder)
    if ends is None:
        return None
    text = [
        "A straight line between the codes of two images, drawn on the map of the "
        f"autoencoder and on that of the VAE with {story.run.name(vae.setting)}. The "
        "strips show what is decoded on the way.",
    ]
    torn, whole = (story.value(told, MIDDLE) for told in pair)
    if torn is not None and whole is not None and torn - whole >= NOTICED:
        text.append(
            f"Half-way between two test images the autoencoder decodes something that is "
            f"farther from the training images than 99 % of test images in {percent(torn)} "
            f"of cases, the VAE in {percent(whole)}: it has fewer holes to cross."
        )
    state = shows(autoencoder, tool="line", a=ends[0], b=ends[1])
    return Stop("continuity", "Continuity", text, state)


def collapse(story: Story) -> Stop | None:
    """A beta that is too high, and what the remedies do."""
    told = first(t for s in story.small() for t in story.vaes(s) if story.is_collapsed(t))
    if told is None:
        return None
    lost = story.value(told, keys.DISTORTION)
    text = [
        f"In {story.name(told)} the rate costs more than it gains: every image gets the "
        "same cloud, the bell curve itself. All dots lie on one place, and the decoder, "
        "told nothing, shows the mean of all images. Samples match their prior perfectly, "
        "and that is not sampleability."
    ]
    if lost is not None:
        text.append(
            f"Its distortion is {in_words(lost)} nats; showing the mean image costs "
            f"{in_words(story.run.baselines['test']['collapsed'])}."
        )
    text += remedies(story, told)
    return Stop("collapse", "Collapse", text, shows(told, tool="samples", alone=1))


def remedies(story: Story, collapsed: Told) -> list[str]:
    """What brings codes back in this run: a remedy at the same beta, a lower price."""
    alive = [
        told
        for told in story.vaes(collapsed.setting.latents)
        if story.value(told, keys.RATE) is not None and not story.is_collapsed(told)
    ]
    same = [told for told in alive if beta(told) == beta(collapsed)]
    less = [told for told in alive if beta(told) < beta(collapsed)]
    said = [("A remedy at the same β brings codes back", told) for told in same[:1]]
    said += [("A lower price brings codes back", told) for told in less[-1:]]
    return [
        f"{what}: {story.name(told)} has a rate of "
        f"{in_words(story.value(told, keys.RATE))} nats."
        for what, told in said
    ]


def beta(told: Told) -> float:
    """The price of a nat of rate in a member's training."""
    return told.setting.beta


def rated(story: Story, size: int) -> list[Told]:
    """The VAEs of a size that have a rate and a distortion, by beta."""
    both = (keys.RATE, keys.DISTORTION)
    has = lambda told: None not in [story.value(told, key) for key in both]
    return [told for told in story.vaes(size) if has(told)]


def differing(story: Story) -> tuple[Told, Told] | None:
    """The autoencoder and the VAE of a size whose lines differ most; None without both."""
    pairs = [
        (autoencoder, vae)
        for size in story.small()
        if (autoencoder := story.autoencoder(size)) and (vae := story.vae(size))
    ]

    def torn(pair: tuple[Told, Told]) -> float:
        """By how much more often the autoencoder's midpoints are off the manifold."""
        found = [story.value(told, MIDDLE) for told in pair]
        return 0.0 if None in found else found[0] - found[1]

    return max(pairs, key=torn, default=None)


def ends_of_a_line(story: Story, told: Told) -> tuple[int, int] | None:
    """Two test images, of different labels if there are any, with no code between them.

    Those whose midpoint is farthest from all codes, for the length of their line. None
    where all images have one code.
    """
    codes = story.codes(told)
    near = codes[:CANDIDATES]
    labels = story.run.pictures.shared("codes", "labels")
    first, second = np.triu_indices(len(near), 1)
    if labels is not None:
        differ = labels[first] != labels[second]
        if differ.any():
            first, second = first[differ], second[differ]
    middles = 0.5 * (near[first] + near[second])
    squares = np.square(middles).sum(axis=1)[:, None] + np.square(codes).sum(axis=1)
    nearest = np.sqrt(np.maximum(squares - 2.0 * middles @ codes.T, 0.0).min(axis=1))
    lengths = np.linalg.norm(near[first] - near[second], axis=1)
    if not lengths.any():
        return None
    scale = np.maximum(lengths, np.median(lengths))
    best = int(np.argmax(nearest / np.where(scale > 0.0, scale, np.inf)))
    return int(first[best]), int(second[best])
