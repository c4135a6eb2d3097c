"""The head of the page: a claim that is true of the run, and what a visitor needs first."""

from vae_jax.explorer.tour.story import Story
from vae_jax.runs.sampleability import State

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
    states = {told.setting: story.state(told) for told in story.members}
    fails = [
        s for s, found in states.items() if s.is_autoencoder and found is not State.UNJUDGED
    ]
    fails = [s for s in fails if states[s] is not State.SAMPLEABLE]
    works = [s for s, found in states.items() if found is State.SAMPLEABLE]
    sampled = [s for s in works if not s.is_autoencoder]
    if fails and sampled and not any(s.is_autoencoder for s in works):
        return "Random codes: debris from an autoencoder, believable images from a VAE"
    if sampled:
        return "A VAE whose random codes decode to believable images"
    if fails:
        return "Random codes decode to debris in an autoencoder"
    return QUESTION


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
