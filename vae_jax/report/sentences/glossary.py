"""The six terms that a report needs, in a line each."""

from vae_jax.runs.results import ProgramResults

TERMS = {
    "code, latent space": "The few numbers to which an encoder squeezes an image, and the "
    "space of all such numbers. A decoder turns a code back into an image.",
    "prior N(0, I)": "The bell curve from which codes are drawn to make new images.",
    "β": "The price of rate: training minimises D + β·R. A plain autoencoder pays none.",
    "distortion D, rate R": "What decoding an image's code loses; how far its code strays "
    "from the prior. Both in nats per image.",
    "FD": "Fréchet distance between samples and real images: how unlike they are. Less is "
    "better.",
    "coverage": "The share of real images that have a sample near them: how varied samples "
    "are. More is better.",
}


def glossary(run: ProgramResults) -> dict[str, str]:
    """Terms and meanings; without those of samples where none were judged."""
    of_samples = ("FD", "coverage")
    return {t: m for t, m in TERMS.items() if run.judges_samples or t not in of_samples}
