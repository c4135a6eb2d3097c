"""Configs: every file resolves, and every mistake is one clear line."""

import importlib
import pathlib

import pytest

from vae_jax.errors import UserError
from vae_jax.grid import Member, expand
from vae_jax.study import resolve

CONFIGS = sorted(p.stem for p in pathlib.Path("configs").glob("*.py"))
VARIANTS = ("default", "full", "debug")
BASE = Member(beta=1.0, latents=2, noise=1.0, learning_rate=1e-3, seed=0)


def get(name="digits", variant="debug"):
    return importlib.import_module(f"configs.{name}").get_config(variant)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_config_resolves_and_is_locked(name, variant):
    config = get(name, variant)
    assert resolve(config).members
    with pytest.raises(AttributeError, match="beta"):
        config.bta = 4.0


@pytest.mark.parametrize("name", CONFIGS)
def test_an_unknown_variant_names_the_known_ones(name):
    with pytest.raises(ValueError, match="default, full or debug"):
        get(name, "fast")


def test_the_digits_sweep_is_what_the_readme_says():
    study = resolve(get(variant="default"))
    assert len(study.members) == 96 and study.epochs == 1_000
    assert sum(m.noise == 0.0 for m in study.members) == 4 * 3
    assert {m.beta for m in study.members} == {0, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4}
    assert len(resolve(get(variant="full")).members) == 160


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("epochs", 0, "epochs: 0 is out of range; expected 1 or more"),
        ("epochs", True, "epochs: True is not a whole number"),
        ("epochs", None, "epochs: None is not a whole number"),
        ("batch_size", 1.5, "batch_size: 1.5 is not a whole number"),
        ("beta", -1.0, "beta: -1.0 is out of range; expected 0 or more"),
        ("beta", float("nan"), "beta: nan is out of range"),
        ("beta", float("inf"), "beta: inf is out of range"),
        ("beta", "big", "beta: 'big' is not a number"),
        ("learning_rate", 0.0, "learning_rate: 0.0 is out of range; expected above 0"),
        ("seed", 2**32, "seed: 4294967296 is out of range; expected 0 to 4294967295"),
        ("seed", -1, "seed: -1 is out of range"),
        ("latents", 17, "latents: 17 is more than max_latents, 16; set .*max_latents=17"),
        ("latents", 0, "latents: 0 is out of range; expected 1 or more"),
        ("autoencoder", 1, "autoencoder: 1 is not True or False"),
        ("network", {"name": "mpl"}, "network.name: 'mpl' is not known; there are: mlp"),
        ("network", {"hidden": (3,)}, "network: needs a name"),
        ("objective", {"name": "elbo", "x": None}, "objective.x: None is not a value"),
        ("evaluation", {"metrics": ()}, "evaluation.samples: the config does not set it"),
        ("sweep", {}, "sweep: the grid is empty"),
        ("sweep", {"beta": ()}, "sweep.beta: the grid is empty"),
        ("sweep", {"beta": 1.0}, "sweep.beta: 1.0 is not a list of values"),
        ("sweep", {"beta": (1.0, "2")}, "beta: '2' is not a number"),
        ("sweep", {"beta": (1.0, 1)}, "sweep.beta: .* repeats a value"),
        ("sweep", {"seed": (0, 2**32)}, "seed: 4294967296 is out of range"),
        ("sweep", {"latents": (2, 32)}, "latents: 32 is more than max_latents, 16"),
        ("sweep", {"latent": (2,)}, "sweep.latent: not a value .* did you mean latents?"),
        ("sweep", {"epochs": (2,)}, "sweep.epochs: not a value that can be swept"),
    ],
)
def test_a_bad_value_is_named(field, value, message):
    config = get().unlock()
    with config.ignore_type():  # a file of the user's may hold anything
        config[field] = value if not isinstance(value, dict) else type(config)(value)
    with pytest.raises(UserError, match=message):
        resolve(config)


def test_a_field_of_another_name_gets_its_neighbour():
    config = get().unlock()
    config.epoch = 3
    with pytest.raises(
        UserError, match=r"config.epoch: no such field; did you mean epochs\?"
    ):
        resolve(config)


def test_a_missing_field_is_named():
    config = get().unlock()
    del config.batch_size
    with pytest.raises(UserError, match=r"config\.batch_size: the config does not set it"):
        resolve(config)


def test_an_override_that_the_grid_sets_is_refused():
    with pytest.raises(UserError, match=r'config.beta: the grid .*sweep.beta="\(4.0,\)"'):
        resolve(get(), {"beta": 4.0})
    assert resolve(get(), {"learning_rate": 4.0, "sweep.beta": (1.0,)})


def test_the_grid_is_the_product_with_autoencoders_first():
    axes = {"beta": [0.5, 2.0], "latents": [2, 4], "seed": [0, 1]}
    members = expand(BASE, axes, autoencoder=True)
    assert len(members) == 4 + 8 == len(set(members))
    assert all(m.noise == 0.0 and m.beta == 0.0 for m in members[:4])
    expected = {(b, k, s) for b in (0.5, 2.0) for k in (2, 4) for s in (0, 1)}
    assert {(m.beta, m.latents, m.seed) for m in members[4:]} == expected


def test_an_autoencoder_that_the_grid_holds_already_is_not_doubled():
    axes = {"beta": [0.0, 1.0], "noise": [0.0, 1.0]}
    members = expand(BASE, axes, autoencoder=True)
    assert len(members) == 4 and members[0] == BASE._replace(beta=0.0, noise=0.0)
    assert expand(BASE, {"beta": [0.5]}, autoencoder=False) == [BASE._replace(beta=0.5)]
