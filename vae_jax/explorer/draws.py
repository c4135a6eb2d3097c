"""How a page draws pixels of p(x|z) from the mean E[x|z], where the mean is enough."""

from typing import Any

from vae_jax.runs.results import ProgramResults


def of_pixels(run: ProgramResults) -> dict[str, Any] | None:
    """The distribution of a pixel about its mean, as the page draws it.

    None for likelihoods with parameters of their own beside the mean, which do not travel.
    """
    likelihood = run.record["config"]["likelihood"]
    name, sigma = likelihood["name"], likelihood.get("sigma")
    if name == "bernoulli":
        return {"kind": "binomial", "trials": 1}
    if name == "binomial":
        return {"kind": "binomial", "trials": run.record["data"]["levels"] - 1}
    if name == "gaussian" and isinstance(sigma, int | float):
        return {"kind": "gaussian", "sigma": float(sigma)}
    return None
