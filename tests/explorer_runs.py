"""Runs for the explorer's tests: a finished one with other arrays, or with every score."""

from spelled import key

from vae_jax.runs.pictures import Pictures
from vae_jax.runs.summary import by_setting

GENERATORS = {  # the ends of the scale, in whichever space the run judges samples
    "training images": {"fd": 0.25, "coverage": 0.97},
    "mean image": {"fd": 25.0, "coverage": 0.01},
}


def frames(page, count=3):
    """Waits until the page has drawn so many frames."""
    page.evaluate(
        """(count) => new Promise((done) => {
            const next = () => (count-- ? requestAnimationFrame(next) : done());
            next();
        })""",
        count,
    )


def with_arrays(part, row=None, shared=None, images=None):
    """The results with other arrays.

    `row(kind, number, name, array)`, `shared(name, array)`, `images(array)` give them.
    """

    class Other(Pictures):
        def row(self, kind, number, name=None):
            found = super().row(kind, number, name)
            return row(kind, number, name, found) if row else found

        def shared(self, kind, name):
            found = super().shared(kind, name)
            return shared(name, found) if shared else found

        def test_images(self):
            found = super().test_images()
            return images(found) if images else found

    return part._replace(pictures=Other(part.pictures.blocks))


def of_one_latent(part):
    """Its members of two latents, as if they had but the first."""
    small = [m._replace(latents=1) if m.latents == 2 else m for m in part.members]
    kept = {s: n for s, n in by_setting(small).items() if s.latents == 1}
    return part._replace(members=small, settings=kept)


def only(part, keep):
    """The results of the settings that `keep(setting)` chooses."""
    return part._replace(settings={s: n for s, n in part.settings.items() if keep(s)})


def scored(part, collapsed_beta=None):
    """The results with scores of samples: autoencoders fail, VAEs do not.

    `collapsed_beta`: the VAEs of that beta have collapsed.
    """
    values, space = dict(part.values), part.space
    for n, member in enumerate(part.members):
        fails = member.noise == 0.0
        found = {
            f"fd_{space}@prior": 20.0 + n if fails else 1.5 + 0.1 * n,
            f"coverage_{space}@prior": 0.02 if fails else 0.9,
            f"fd_{space}@mixture": 0.5 + 0.1 * n,
            f"coverage_{space}@mixture": 0.93,
            "off_manifold99@prior": 0.97 if fails else 0.01,
            "mid_off_manifold99@lerp": 0.31 if fails else 0.02,
        }
        for name, value in found.items():
            values[n, "test", key(name)] = value
        if member.beta == collapsed_beta and not fails:
            for k in range(member.latents):
                values[n, "train", key(f"rate_dim_{k}")] = 0.001
    generators = {
        name: {f"{metric}_{space}": value for metric, value in ends.items()}
        for name, ends in GENERATORS.items()
    }
    baselines = {**part.baselines, "generators": generators}
    return part._replace(values=values, baselines=baselines)
