"""Stops on samples: holes of an autoencoder, what repairs them, and what blur is."""

from vae_jax.explorer.draws import of_pixels
from vae_jax.explorer.tour.stop import Stop, counted, first, in_words, percent, shows
from vae_jax.explorer.tour.story import Story, Told
from vae_jax.runs.sampleability import State
from vae_jax.scores import metric_key as keys

UNBELIEVABLE = 0.5  # share of samples off the manifold that are called debris
REPAIRED = 0.5  # of the FD that a fit leaves, with which it is called repaired


def holes(story: Story) -> Stop | None:
    """Draws of the prior through the autoencoder that fails most clearly."""
    told = failing(story)
    if told is None:
        return None
    scores = (keys.COVERAGE.by("prior"), keys.OFF_MANIFOLD.by("prior"))
    covered, off = (story.value(told, key) for key in scores)
    text = [
        "Now take codes at random, from the bell curve N(0, I) around the middle of the "
        f"map, and let the autoencoder with {counted(told.setting.latents, 'latent')} (the "
        "numbers of a code) decode them. Crosses are the draws, dots the codes of images: "
        "nothing in training asked the codes to be where the crosses fall."
    ]
    if off is not None and off >= UNBELIEVABLE:
        text.append(
            f"{percent(off)} of such samples are farther from every training image than "
            "99 % of real test images are: debris."
        )
    text.append(
        f"They come near only {percent(covered)} of the test images (their coverage; "
        f"training images come near {percent(story.training(keys.COVERAGE))})."
    )
    state = shows(told, tool="samples", view="codes", alone=1)
    return Stop("holes", "An autoencoder's space has holes", text, state)


def generation(story: Story) -> Stop | None:
    """Autoencoder and VAE on the same noise, from the prior and from a fit."""
    told = failing(story)
    vae = story.vae(told.setting.latents) if told else None
    if told is None or vae is None:
        return None
    prior = [story.value(t, keys.FD.by("prior")) for t in (told, vae)]
    mixture = story.value(told, keys.FD.by("mixture"))
    if None in prior:
        return None
    text = [
        "The same random numbers through both decoders. The distance FD of the samples to "
        f"real images is {in_words(prior[0])} for the autoencoder and "
        f"{in_words(prior[1])} for {story.name(vae)}; training images themselves score "
        f"{in_words(story.training(keys.FD))}."
    ]
    if mixture is not None and mixture < REPAIRED * prior[0]:
        text.append(
            "Now choose z from the mixture: bell curves fitted to the codes after "
            f"training. The autoencoder's FD falls to {in_words(mixture)}. Its decoder is "
            "the same: what was repaired is the space, not the decoder."
        )
    text.append("Temperature scales the random numbers: less is safer and less varied.")
    state = shows(told, tool="samples")
    return Stop("generation", "Generation", text, state)


def blur(story: Story) -> Stop | None:
    """The mean of p(x|z), a draw of it, and the data."""
    told = first(story.vae(size) for size in story.small())
    if told is None or of_pixels(story.run) is None:
        return None
    text = [
        "What is called a decoded image is E[x|z], the average of all images that a code "
        "could mean: it is soft. A draw of p(x|z) decides for each pixel by itself: it is "
        "grainy. A real image is neither.",
    ]
    lost, floor = story.value(told, keys.DISTORTION), story.run.baselines["test"]["floor"]
    if lost is not None and lost > floor:
        text.append(
            f"What the codes of {story.name(told)} leave open is "
            f"{in_words(lost - floor)} nats per image: its distortion above the least "
            "there can be. The more is left open, the softer the mean."
        )
    return Stop("blur", "Blur", text, shows(told, tool="blur"))


def failing(story: Story) -> Told | None:
    """The autoencoder whose prior draws cover least, if it fails by the run's rule."""
    found = [told for size in story.sizes() if (told := story.autoencoder(size))]
    failed = (State.HOLES, State.VAGUE, State.FAILS)
    judged = [t for t in found if story.state(t) in failed]
    coverage = lambda t: story.value(t, keys.COVERAGE.by("prior"))
    judged = [t for t in judged if coverage(t) is not None]
    return min(judged, key=coverage, default=None)
