"""Every method by name, and from a name in a config to the thing it names.

To add a method: a file in the folder of its kind, and a line below. A table maps a name to
`"module:factory"`, so reading it imports nothing: a wrong name is answered before JAX is
loaded. The factory's signature is the schema.
"""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from vae_jax.errors import UserError

Table = Mapping[str, str]

DATASETS = {
    "digits": "vae_jax.data.sources.digits:digits",
    "idx": "vae_jax.data.sources.idx:idx",
    "npz": "vae_jax.data.sources.npz:npz",
}
NETWORKS = {
    "mlp": "vae_jax.models.networks.mlp:mlp",
    "conv": "vae_jax.models.networks.conv:conv",
}
POSTERIORS = {"gaussian": "vae_jax.models.posteriors.gaussian:gaussian"}
PRIORS = {"standard_normal": "vae_jax.models.priors.standard_normal:standard_normal"}
LIKELIHOODS = {
    "bernoulli": "vae_jax.models.likelihoods.bernoulli:bernoulli",
    "binomial": "vae_jax.models.likelihoods.binomial:binomial",
    "beta_binomial": "vae_jax.models.likelihoods.beta_binomial:beta_binomial",
    "discretized_logistic": (
        "vae_jax.models.likelihoods.discretized_logistic:discretized_logistic"
    ),
    "continuous_bernoulli": (
        "vae_jax.models.likelihoods.continuous_bernoulli:continuous_bernoulli"
    ),
    "gaussian": "vae_jax.models.likelihoods.gaussian:gaussian",
}
OBJECTIVES = {"elbo": "vae_jax.training.objectives.elbo:elbo"}
METRICS = {
    "rate_distortion": "vae_jax.evaluation.metrics.rate_distortion:rate_distortion",
    "collapse": "vae_jax.evaluation.metrics.collapse:collapse",
    "information": "vae_jax.evaluation.metrics.information:information",
    "iwae": "vae_jax.evaluation.metrics.iwae:iwae",
    "ais": "vae_jax.evaluation.metrics.ais:ais",
    "exact": "vae_jax.evaluation.metrics.exact:exact",
    "aggregate": "vae_jax.evaluation.metrics.aggregate:aggregate",
    "samples": "vae_jax.evaluation.metrics.samples:samples",
    "holes": "vae_jax.evaluation.metrics.holes:holes",
    "interpolation": "vae_jax.evaluation.metrics.interpolation:interpolation",
}
SAMPLERS = {
    "prior": "vae_jax.evaluation.samplers.prior:prior",
    "gaussian": "vae_jax.evaluation.samplers.gaussian:gaussian",
    "mixture": "vae_jax.evaluation.samplers.mixture:mixture",
    "kde": "vae_jax.evaluation.samplers.kde:kde",
    "aggregate": "vae_jax.evaluation.samplers.aggregate:aggregate",
}
CERTIFICATES = {
    "likelihoods": "vae_jax.selftest.likelihoods:likelihoods",
    "bounds": "vae_jax.selftest.bounds:bounds",
    "decomposition": "vae_jax.selftest.decomposition:decomposition",
    "scores": "vae_jax.selftest.scores:scores",
    "linear_vae": "vae_jax.selftest.linear_vae:linear_vae",
    "collapse": "vae_jax.selftest.collapse:collapse",
}


def check_name(table: Table, kind: str, name: object) -> str:
    """Returns `name` if the table has it; else a `UserError` listing what exists."""
    if not isinstance(name, str) or name not in table:
        raise UserError(
            f"{kind}.name: {name!r} is not known; there are: {', '.join(sorted(table))}"
        )
    return name


def factory(table: Table, kind: str, name: object) -> Callable[..., Any]:
    """Imports and returns the factory of one entry."""
    module, attribute = table[check_name(table, kind, name)].split(":")
    return getattr(import_module(module), attribute)


def build(table: Table, kind: str, settings: Mapping[str, Any], **context: Any) -> Any:
    """Calls the factory named by `settings["name"]` with the other settings.

    `context` is what the program supplies (shapes, say); `settings` is what the user
    wrote. A setting the factory does not take, or one that is missing, is a `UserError`.
    """
    settings = dict(settings)
    name = settings.pop("name", None)
    make = factory(table, kind, name)
    known = [p for p in inspect.signature(make).parameters if p not in context]
    for setting in settings:
        if setting not in known:
            takes = ", ".join(known) or "no settings"
            raise UserError(
                f"{kind}.{setting}: {name!r} has no such setting; it takes: {takes}"
            )
    try:
        inspect.signature(make).bind(**context, **settings)
    except TypeError as error:
        raise UserError(f"{kind}: {name!r}: {error}") from None
    return make(**context, **settings)
