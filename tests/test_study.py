"""Configs: every file resolves, and every mistake is one clear line."""

import importlib
import pathlib

import numpy as np
import pytest
from ml_collections import ConfigDict
from scipy.stats import kstest

from vae_jax.errors import UserError
from vae_jax.studies.grid import axis, expand
from vae_jax.studies.metric_settings import read_names
from vae_jax.studies.study import resolve

CONFIGS = sorted(p.stem for p in pathlib.Path("configs").glob("*.py"))
VARIANTS = ("default", "full", "debug")


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
    assert len(study.members) == 96 and study.programs[0].epochs == 1_000
    assert len(study.programs) == 1
    assert sum(m.noise == 0.0 for m in study.members) == 4 * 3
    assert {m.beta for m in study.members} == {0, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4}
    assert len(resolve(get(variant="full")).members) == 160


def nested(fields):
    """A ConfigDict from dotted names."""
    config = ConfigDict()
    for name, value in fields.items():
        *groups, leaf = name.split(".")
        place = config
        for group in groups:
            place[group] = place.get(group, ConfigDict())
            place = place[group]
        place[leaf] = value
    return config


def swept(**axes):
    """The debug study with another grid, given by its fields; `__` stands for a dot."""
    config = get().unlock()
    config.sweep = nested({name.replace("__", "."): v for name, v in axes.items()})
    config.autoencoder = False
    return resolve(config)


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
        ("warmup", -1.0, "warmup: -1.0 is out of range; expected 0 or more"),
        ("cycle", float("inf"), "cycle: inf is out of range"),
        ("objective.free_bits", float("nan"), "objective.free_bits: nan is out of range"),
        ("objective.capacity", "big", "objective.capacity: 'big' is not a number"),
        (
            "sweep",
            {"objective.free_bits": (0.0, -0.1)},
            "objective.free_bits: -0.1 is",
        ),
        ("learning_rate", 0.0, "learning_rate: 0.0 is out of range; expected above 0"),
        ("seed", 2**32, "seed: 4294967296 is out of range; expected 0 to 4294967295"),
        ("seed", -1, "seed: -1 is out of range"),
        ("latents", 17, "latents: 17 is more than max_latents, 16; set .*max_latents=17"),
        ("latents", 0, "latents: 0 is out of range; expected 1 or more"),
        ("autoencoder", 1, "autoencoder: 1 is not True or False"),
        ("network", {"name": "mpl"}, "'mpl' is not known; there are: burgess, conv"),
        ("network", {"hidden": (3,)}, "network: needs a name"),
        ("objective", {"name": "elbo", "x": None}, "objective.x: None is not a value"),
        (
            "evaluation",
            {"metrics": ()},
            "evaluation.max_images: the config does not set it",
        ),
        ("sweep", {}, "sweep: the grid is empty"),
        ("sweep", {"beta": ()}, "sweep.beta: the grid is empty"),
        ("sweep", {"beta": 1.0}, "sweep.beta: 1.0 is not a list of values"),
        ("sweep", {"beta": (1.0, "2")}, "beta: '2' is not a number"),
        ("sweep", {"beta": (1.0, 1)}, "sweep.beta: .* repeats a value"),
        ("sweep", {"seed": (0, 2**32)}, "seed: 4294967296 is out of range"),
        ("sweep", {"latents": (2, 32)}, "latents: 32 is more than max_latents, 16"),
        ("sweep", {"latent": (2,)}, "sweep.latent: not a field .* did you mean latents?"),
        ("sweep", {"autoencoder": (True,)}, "sweep.autoencoder: not a field that can be"),
        ("sweep", {"network": ("mlp",)}, "sweep.network: .* name the fields of a group"),
        ("sweep", {"epochs": (2, 0)}, "epochs: 0 is out of range"),
        ("sweep", {"network.name": ("mlp", "cnn")}, "network.name: 'cnn' is not known"),
        ("sweep", {"beta": ("log", 0.0, 1.0, 3)}, "sweep.beta: .* expected 0 < low < high"),
        ("sweep", {"beta": ("log", 1.0, 2.0)}, r"expected \('log', low, high, count\)"),
        ("sweep", {"beta": ("linear", 0.0, 1.0, 0)}, "the count must be a whole number"),
        ("sweep", {"beta": (1.0,), "zip": (("beta", "seed"),)}, "'seed' is not an axis"),
        ("sweep", {"beta": (1.0, 2.0), "seed": (0,), "zip": ("beta", "seed")}, "lengths"),
        ("sweep", {"points": ({"bta": 1.0},)}, "sweep.bta: .* did you mean beta"),
        ("sweep", {"points": ({"beta": 1.0},), "beta": (2.0,)}, "beta is an axis .* too"),
        ("sweep", {"beta": (1.0,), "random_seed": -1}, "random_seed: -1 is not a whole"),
        ("early_stopping", {"patience": -1}, "early_stopping.patience: -1 is out of range"),
    ],
)
def test_a_bad_value_is_named(field, value, message):
    config = get().unlock()
    *groups, leaf = field.split(".")
    with config.ignore_type():  # a file of the user's may hold anything
        group = config[groups[0]] if groups else config
        group[leaf] = value if not isinstance(value, dict) else nested(value)
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


def product_of(**axes):
    return [axis(name, values) for name, values in axes.items()]


def test_the_grid_is_the_product_with_autoencoders_first():
    axes = product_of(beta=[0.5, 2.0], latents=[2, 4], seed=[0, 1])
    points = expand(axes, autoencoder_without=("beta", "noise"))
    assert len(points) == 4 + 8
    assert all(p["noise"] == 0.0 and p["beta"] == 0.0 for p in points[:4])
    expected = {(b, k, s) for b in (0.5, 2.0) for k in (2, 4) for s in (0, 1)}
    assert {(p["beta"], p["latents"], p["seed"]) for p in points[4:]} == expected


def own(member):
    """The numbers that a member's objective declares."""
    return tuple(value for _, value in member.own)


def test_autoencoders_are_not_repeated_for_numbers_of_the_rate():
    config = get().unlock()
    config.objective.free_bits = 0.3  # for the members that the grid says nothing about
    config.warmup = 5.0
    config.sweep = nested(
        {"objective.capacity": (0.0, 2.0), "beta": (0.0, 1.0), "noise": (0.0, 1.0)}
    )
    members = resolve(config).members
    (autoencoder,) = [m for m in members if m.beta == m.noise == 0.0]
    assert len(members) == 1 + 3 * 2
    assert own(autoencoder) == (0.0, 0.0) and autoencoder.warmup == 0.0
    assert {own(m) for m in members} == {(0.0, 0.0), (0.3, 0.0), (0.3, 2.0)}


def test_a_config_may_leave_numbers_out():
    study = resolve(get())
    assert {(m.warmup, m.cycle, *own(m)) for m in study.members} == {(0.0,) * 4}
    grown = {"objective__free_bits": (0.0, 0.1), "warmup": (0.0, 5.0), "cycle": (2.0,)}
    assert len(swept(**grown).programs) == 1
    points = ({"objective": {"capacity": 2.0}}, {"warmup": 3.0, "beta": 4.0})
    assert [own(m)[1] for m in swept(points=points).members] == [2.0, 0.0]


def test_an_autoencoder_that_the_grid_holds_already_is_not_doubled():
    axes = product_of(beta=[0.0, 1.0], noise=[0.0, 1.0])
    points = expand(axes, autoencoder_without=("beta", "noise"))
    assert len(points) == 4 and points[0] == {"beta": 0.0, "noise": 0.0}


def test_static_axes_split_the_sweep_into_programs():
    study = swept(network__hidden=((8,), (16, 8)), batch_size=(32, 64), beta=(0.5, 1.0))
    assert len(study.programs) == 4 and len(study.members) == 8
    for settings in study.programs:
        static = dict(settings.static)
        assert settings.batch_size == static["batch_size"]
        assert settings.model["network"]["hidden"] == static["network.hidden"]
        assert [study.members[n] for n in settings.numbers] == settings.members
        assert {m.beta for m in settings.members} == {0.5, 1.0}
        assert all(m.static == settings.static for m in settings.members)
    assert sorted(n for s in study.programs for n in s.numbers) == list(range(8))


@pytest.mark.parametrize(
    "field, values",
    [
        ("epochs", (1, 2)),
        ("max_latents", (16, 32)),
        ("early_stopping.patience", (0, 5)),
        ("evaluation.max_images", (10, 20)),
        ("network.hidden", ((4,), (8,))),
        ("network.unknown", (1, 2)),  # its factory will answer
        ("dataset.path", ("a", "b")),
    ],
)
def test_any_field_can_be_an_axis(field, values):
    study = swept(**{field.replace(".", "__"): values})
    assert [dict(s.static)[field] for s in study.programs] == list(values)


def test_traced_axes_share_one_program():
    study = swept(beta=(0.5, 1.0), latents=(2, 3), noise=(0.5, 1.0), seed=(0, 1))
    assert len(study.programs) == 1 and len(study.members) == 16


def test_zipped_axes_advance_together():
    study = swept(beta=(0.5, 1.0), learning_rate=(1e-3, 1e-4), seed=(0, 1), zip=GROUPS)
    pairs = [(m.beta, m.learning_rate, m.seed) for m in study.members]
    assert pairs == [(0.5, 1e-3, 0), (0.5, 1e-3, 1), (1.0, 1e-4, 0), (1.0, 1e-4, 1)]


GROUPS = (("beta", "learning_rate"),)


def test_points_are_an_axis_and_take_several_seeds():
    points = ({"beta": 1.0, "latents": 3}, {"beta": 2.0, "network.hidden": (9,)})
    study = swept(points=points, seed=(4, 5))
    assert [(m.beta, m.latents, m.seed) for m in study.members] == [
        *((1.0, 3, 4), (1.0, 3, 5)),
        *((2.0, 2, 4), (2.0, 2, 5)),
    ]
    hidden = [s.model["network"]["hidden"] for s in study.programs]
    assert hidden == [(256,), (9,)]


def test_spaced_axes():
    betas = [m.beta for m in swept(beta=("log", 0.01, 10.0, 4)).members]
    np.testing.assert_allclose(betas, [0.01, 0.1, 1.0, 10.0], rtol=1e-12)
    betas = [m.beta for m in swept(beta=("linear", 0.0, 1.0, 5)).members]
    np.testing.assert_allclose(betas, [0.0, 0.25, 0.5, 0.75, 1.0], rtol=1e-12)


@pytest.mark.parametrize("rule", ["uniform", "log_uniform"])
def test_random_axes_are_seeded_and_fill_their_range(rule):
    draw = lambda seed, field="beta": [
        getattr(m, field)
        for m in swept(**{field: (rule, 0.01, 10.0, 400)}, random_seed=seed).members
    ]
    values = np.array(draw(0))
    assert list(values) == draw(0) != draw(1) != draw(0, "noise")
    shape = np.log(values / 0.01) / np.log(1000) if rule != "uniform" else values / 10
    assert kstest(shape, "uniform").pvalue > 0.01
    assert values.min() >= 0.01 and values.max() <= 10.0


def test_metrics_of_ones_own_are_named_on_the_command_line_too():
    assert read_names("holes,own.scores:mine, other:b(samples=5)") == (
        {"name": "holes"},
        {"name": "own.scores:mine"},
        {"name": "other:b", "samples": 5},
    )
    for text in ("own:", "1:b", "own:a(5)", "'own:a'(x=1)+1", "3", "own:a:b"):
        with pytest.raises(UserError, match=r"not understood|is not known"):
            read_names(text)
