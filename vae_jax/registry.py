"""Every method by name, and from a name in a config to the thing it names.

To add a method: a file in the folder of its kind, and a line below. A name stands for
`"module:factory"`, so reading the table imports nothing: a wrong name is answered before
JAX is loaded. Wherever a name is accepted, `"module:factory"` of a user's own is accepted
too, found on Python's path or in the directory one stands in. The factory's signature is
the schema: a setting is one of its arguments, and of the context that the program offers
(shapes, say) it is given what it names.
"""

import hashlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.hyperparameters import DECLARING, Hyper, declared

METHODS: dict[str, dict[str, str]] = {
    "dataset": {
        "digits": "vae_jax.data.sources.digits:digits",
        "idx": "vae_jax.data.sources.idx:idx",
        "npz": "vae_jax.data.sources.npz:npz",
        "folder": "vae_jax.data.sources.folder:folder",
        "cifar": "vae_jax.data.sources.cifar:cifar",
        "parquet": "vae_jax.data.sources.parquet:parquet",
        "patches": "vae_jax.data.sources.patches:patches",
        "path": "vae_jax.data.sources.path:path",
    },
    "network": {
        "mlp": "vae_jax.models.networks.mlp:mlp",
        "conv": "vae_jax.models.networks.conv:conv",
        "resnet": "vae_jax.models.networks.resnet:resnet",
        "gated_mlp": "vae_jax.models.networks.gated_mlp:gated_mlp",
        "burgess": "vae_jax.models.networks.published:burgess",
        "higgins": "vae_jax.models.networks.published:higgins",
        "rae": "vae_jax.models.networks.published:rae",
        "dcgan": "vae_jax.models.networks.published:dcgan",
    },
    "posterior": {"gaussian": "vae_jax.models.posteriors.gaussian:gaussian"},
    "prior": {"standard_normal": "vae_jax.models.priors.standard_normal:standard_normal"},
    "likelihood": {
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
    },
    "objective": {"elbo": "vae_jax.training.objectives.elbo:elbo"},
    "metric": {
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
    },
    "sampler": {
        "prior": "vae_jax.evaluation.samplers.prior:prior",
        "gaussian": "vae_jax.evaluation.samplers.gaussian:gaussian",
        "mixture": "vae_jax.evaluation.samplers.mixture:mixture",
        "kde": "vae_jax.evaluation.samplers.kde:kde",
        "aggregate": "vae_jax.evaluation.samplers.aggregate:aggregate",
    },
    "certificate": {
        "likelihoods": "vae_jax.selftest.likelihoods:likelihoods",
        "bounds": "vae_jax.selftest.bounds:bounds",
        "decomposition": "vae_jax.selftest.decomposition:decomposition",
        "scores": "vae_jax.selftest.scores:scores",
        "linear_vae": "vae_jax.selftest.linear_vae:linear_vae",
        "collapse": "vae_jax.selftest.collapse:collapse",
    },
}

LABELS = {"metric": "evaluation.metrics", "sampler": "samplers", "certificate": "--only"}


def check_name(kind: str, name: object) -> str:
    """Returns `name` if it is one of `kind`, or a user's own; else a `UserError`."""
    if isinstance(name, str) and (name in METHODS[kind] or is_own(name)):
        return name
    names = ", ".join(sorted(METHODS[kind]))
    raise UserError(
        f"{label_of(kind)}.name: {name!r} is not known; there are: {names}; "
        'your own is named "module:factory"'
    )


def is_own(name: str) -> bool:
    """Whether a name is a user's own `"module:factory"`."""
    module, colon, attribute = name.partition(":")
    return (
        bool(colon)
        and all(part.isidentifier() for part in module.split("."))
        and (attribute.isidentifier())
    )


def label_of(kind: str) -> str:
    """What an error calls a kind: where a config or command line names its methods."""
    return LABELS.get(kind, kind)


def factory(kind: str, name: object) -> Callable[..., Any]:
    """The factory of a method, imported; a `UserError` says what is wrong with its name."""
    name = check_name(kind, name)
    if not is_own(name):
        module, attribute = METHODS[kind][name].split(":")
        return getattr(import_module(module), attribute)
    module, attribute = name.split(":")
    make = getattr(import_own(kind, module), attribute, None)
    if not callable(make):
        raise UserError(f"{label_of(kind)}.name: {name!r}: {module} has no such function")
    return make


def import_own(kind: str, module: str) -> Any:
    """Imports a user's module; a `UserError` names a fault in it by file and line."""
    if (here := os.getcwd()) not in sys.path:
        sys.path.append(here)
    try:
        return import_module(module)
    except (Exception, SystemExit) as error:  # the module is the user's own code
        frames = traceback.extract_tb(error.__traceback__)
        own = [
            f for f in frames if "importlib" not in f.filename and f.filename != __file__
        ]
        where = f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""
        raise UserError(
            f"{label_of(kind)}.name: {module} cannot be imported{where}: "
            f"{error or type(error).__name__}"
        ) from None


def own_sources(settings: Any) -> dict[str, str]:
    """SHA-256 of the file of every `"module:factory"` that a config names, by its name.

    What a method of the user's own does is part of what made a result. Of methods that
    have been imported; those of `settings`, plain values of any depth.
    """
    if isinstance(settings, Mapping):
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        return {k: v for value in settings for k, v in own_sources(value).items()}
    if not isinstance(settings, str) or not is_own(settings):
        return {}
    module = sys.modules.get(settings.partition(":")[0])
    if module is None or not getattr(module, "__file__", None):
        return {}
    return {settings: hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()}


def numbers(kind: str, name: object) -> tuple[Hyper, ...]:
    """The traced numbers that the factory of a method declares."""
    return declared(factory(kind, name))


def own_defaults(methods: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The numbers that methods declare, at their defaults, as a `Member` has them.

    `methods` has the settings of each kind, with its name: `ModelSpec._asdict()`, say.
    """
    return tuple(
        (f"{kind}.{hyper.name}", hyper.default)
        for kind in DECLARING
        for hyper in numbers(kind, methods[kind]["name"])
    )


def build(kind: str, settings: Mapping[str, Any], **context: Any) -> Any:
    """Calls the factory named by `settings["name"]` with the other settings.

    `context` is what the program offers, of which the factory is given what its signature
    names; `settings` is what the user wrote. A setting that the factory does not take, or
    one that is missing, is a `UserError`.
    """
    settings = dict(settings)
    name = settings.pop("name", None)
    make, label = factory(kind, name), label_of(kind)
    signature = inspect.signature(make)
    parameters = signature.parameters.values()
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
    accepted = [p for p in signature.parameters if p not in context]
    for setting in settings:
        if setting not in accepted and not takes_any:
            takes = (
                ", ".join((*accepted, *(h.name for h in declared(make)))) or "no settings"
            )
            raise UserError(
                f"{label}.{setting}: {name!r} has no such setting; it takes: {takes}"
            )
    offered = {n: value for n, value in context.items() if n in signature.parameters}
    try:
        signature.bind(**offered, **settings)
    except TypeError as error:
        raise UserError(f"{label}: {name!r}: {error}") from None
    return make(**offered, **settings)
