"""Stops on codes: an image becomes a point, a point a cloud, directions mean something."""

import math

import numpy as np

from vae_jax.explorer.directions import Direction, directions
from vae_jax.explorer.tour.stop import Stop, counted, first, in_words, percent, shows
from vae_jax.explorer.tour.story import Story, Told
from vae_jax.scores import metric_key as keys
from vae_jax.scores.collapse import COLLAPSED_RATE

ENOUGH = 0.3  # R^2 of a direction that is worth a stop


def point(story: Story) -> Stop | None:
    """An image becomes a point."""
    size = story.small()[0]
    told = story.autoencoder(size) or story.vae(size) or story.of_size(size)[0]
    shape = story.run.look.shape
    values = f"{math.prod(shape)} {'values' if shape[2:] != (1,) else 'pixels'}"
    text = [
        f"Each dot is a test image. A network, the encoder, has squeezed its "
        f"{values} into {counted(size, 'number')}: its code, which is "
        "its place on the map. A second network, the decoder, turns any place into an "
        "image again: that is what you see behind the dots.",
        "Put the pointer on a dot: you see the image, and what comes back of it.",
    ]
    lost, ends = story.value(told, keys.DISTORTION), story.run.baselines["test"]
    if lost is not None:
        text.append(
            "What is lost on the way is the distortion D, in nats, a unit of information: "
            f"{in_words(lost)} an image for {story.name(told)}. No loss would be "
            f"{in_words(ends['floor'])}, showing the mean image "
            f"{in_words(ends['collapsed'])}."
        )
    return Stop("point", "An image becomes a point", text, shows(told, tool="look"))


def cloud(story: Story) -> Stop | None:
    """The posterior of one image: mu, sigma, and a draw."""
    told = first(story.vae(size) for size in story.small())
    if told is None:
        return None
    spreads, codes = story.spreads(told), story.codes(told)
    middle = np.argsort(np.linalg.norm(codes - np.median(codes, axis=0), axis=1))
    image = int(middle[len(middle) // 2])
    text = [
        "A VAE's encoder does not answer with a point but with a cloud: a centre μ (the "
        "dot) and a width σ (the dashed ring). While it trains, the decoder is given a "
        "random point of the cloud, z = μ + σ·ε, and has to rebuild the image from it.",
        "Throw ε: z lands in or near the ring, and is decoded. So the decoder learns whole "
        "neighbourhoods, not dots.",
        f"In {story.name(told)} the width is {in_words(spreads.mean())} on average, while "
        f"the centres spread by {in_words(codes.std(axis=0).mean())} (standard deviation).",
    ]
    state = shows(told, tool="look", image=image)
    return Stop("cloud", "A VAE encodes to a cloud", text, state)


def structure(story: Story) -> Stop | None:
    """Directions that mean something."""
    for size in reversed(story.sizes()):
        told = story.vae(size)
        found = ways(story, told) if told else []
        best = max(found, key=lambda way: way.value, default=None)
        if best is not None and best.value >= ENOUGH:
            rates = story.run.rates(told.n)
            text = [
                "Directions of the space can mean something. The first strips go along the "
                "single dimensions of a code, those that say most (their rate) first; the "
                "others along directions fitted to what one can see in an image.",
                f"In {story.name(told)} and {size} latents the codes tell "
                f"{percent(best.value)} (R²) of how images differ in "
                f"{best.name}.",
            ]
            idle = 0 if rates is None else int((rates <= COLLAPSED_RATE).sum())
            if idle:
                text.append(
                    f"{counted(idle, 'dimension')} of {size} say nothing: to move along "
                    "them changes no pixel."
                )
            state = shows(told, tool="directions")
            return Stop("structure", "Structure", text, state)
    return None


def ways(story: Story, told: Told) -> list[Direction]:
    """The directions of properties and labels in a member's latent space, and their R^2."""
    codes, labels = story.codes(told), story.run.pictures.shared("codes", "labels")
    images = story.run.pictures.test_images()[: len(codes)] / 255.0
    labels = None if labels is None else labels[: len(codes)]
    found = directions(
        *(codes, story.spreads(told), images, story.run.look),
        *(labels, story.run.label_names),
    )
    return [way for way in found if way.measure == "R²"]
