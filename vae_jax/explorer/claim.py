"""The head of the page: a claim that is true of the run, and what a visitor needs first."""

from vae_jax.explorer.tour.sampling import UNBELIEVABLE
from vae_jax.explorer.tour.story import Story
from vae_jax.runs.sampleability import State
from vae_jax.scores import metric_key as keys

QUESTION = "When can a latent space be sampled?"
LEAD = (
    "A network squeezes each image into a few numbers, its code; a second one turns codes "
    "back into images. If every random code gave a believable image, we could make new "
    "ones at will."
)
INVITATION = "Move over the map: what you see is decoded at that very point, in this page."


def claim(story: Story | None) -> str:
    """The title of the page: what the run shows, or the question where it shows neither."""
    if story is None:
        return QUESTION
    states = {told: story.state(told) for told in story.members}
    passed = [told for told, found in states.items() if found is State.SAMPLEABLE]
    fails = [
        told
        for told, found in states.items()
        if told.setting.is_autoencoder and found not in (State.SAMPLEABLE, State.UNJUDGED)
    ]
    works = [told for told in passed if not told.setting.is_autoencoder]
    off = [story.value(told, keys.OFF_MANIFOLD.by("prior")) or 0.0 for told in fails]
    what = "debris" if max(off, default=0.0) >= UNBELIEVABLE else "poor samples"
    if fails and works and len(works) == len(passed):
        return f"Random codes: {what} from an autoencoder, believable images from a VAE"
    if works:
        return "A VAE whose random codes decode to believable images"
    return f"Random codes: {what} from an autoencoder" if fails else QUESTION


def lead(story: Story | None) -> str:
    """One paragraph for a curious person without statistics."""
    if story is None:
        return LEAD
    betas = [told for told in story.members if told.setting.beta > 0.0]
    pressure = (
        "A plain autoencoder is trained only to rebuild its images; a VAE also pays a "
        "price, β, for codes that stray from one bell curve. "
        if betas and any(told.setting.is_autoencoder for told in story.members)
        else ""
    )
    return f"{LEAD} {pressure}{INVITATION}"
