"""Configs and data by name, and what a call in Python changes of a config. No JAX."""

from collections.abc import Mapping
from typing import Any

from ml_collections import ConfigDict

from vae_jax import registry
from vae_jax.console.screen import say
from vae_jax.data.dataset import Dataset
from vae_jax.studies import study
from vae_jax.studies.config_file import load_config
from vae_jax.studies.study import GROUPS, Study

Config = ConfigDict | Mapping[str, Any]


def config(name: str) -> ConfigDict:
    """The config NAME[:VARIANT] that comes with the package, or that of FILE.py[:VARIANT].

        config = vae_jax.config("digits:debug")

    Locked: `config.epochs = 20` sets a field that there is, `config.unlock()` lets others
    be added. A name that there is not, and a fault in the file, are `vae_jax.UserError`s.
    """
    return load_config(name)


def load_data(name: str = "path", **settings: Any) -> Dataset:
    """The data set of a source: `load_data("digits")`, `load_data(path="photographs")`.

    What lies at a path is read by the source that fits it. `train` and `test` are stored
    pixels, rows [N, D]; `shape` is that of an image, (H, W, C). A source or a file that is
    not there, and data at fault, are `vae_jax.UserError`s.
    """
    return registry.build("dataset", {"name": name, **settings}, tell=say)


def study_of(given: str | Config, changes: Mapping[str, Any]) -> Study:
    """The study of a config, by name or as it is, with some fields changed.

    A group of fields (`sweep`, `network`, ...) is changed field by field; where it names
    another method, the settings of the one before are dropped, and an axis of the sweep
    that is None is left out. A field that there is not is a `UserError`.
    """
    if isinstance(given, str):
        given = load_config(given)
    settings = given.to_dict() if isinstance(given, ConfigDict) else dict(given)
    for name, value in changes.items():
        settings[name] = changed(name, settings.get(name), value)
    return study.read(settings, {})


def changed(name: str, before: Any, value: Any) -> Any:
    """A field's new value; of a group, its fields with those that are given."""
    if isinstance(value, ConfigDict):
        value = value.to_dict()
    if not isinstance(value, Mapping) or not isinstance(before, Mapping):
        return value
    another = name in GROUPS and value.get("name", before.get("name")) != before.get("name")
    return dict(value) if another else {**before, **value}
