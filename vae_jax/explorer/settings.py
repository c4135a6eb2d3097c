"""The values by which links and controls of the page tell its settings apart."""

from collections.abc import Sequence

from vae_jax.runs.summary import Setting

AUTOENCODER = "autoencoder"  # stands where a VAE has its beta


def axes_of(settings: Sequence[Setting]) -> dict[Setting, dict[str, float | str]]:
    """What tells each of a program's settings from the others: beta, and what else differs.

    By short names (`free_bits`, `learning_rate`). An autoencoder has no beta, and its
    noise, 0, is no value of an axis.
    """
    values = {setting: values_of(setting) for setting in settings}
    names = dict.fromkeys(name for found in values.values() for name in found)
    differ = [
        name
        for name in names
        if name == "beta" or len({found.get(name) for found in values.values()}) > 1
    ]
    return {
        setting: {name: found[name] for name in differ if name in found}
        for setting, found in values.items()
    }


def values_of(setting: Setting) -> dict[str, float | str]:
    """A setting's values by short names, without its latent size."""
    if setting.is_autoencoder:
        found = {"beta": AUTOENCODER}
    else:
        found = {"beta": setting.beta, "noise": setting.noise}
    found["learning_rate"] = setting.learning_rate
    return found | {name.partition(".")[2] or name: value for name, value in setting.rest}
