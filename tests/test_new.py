"""`vae-jax new`: a config that fits the data, is read, and trains."""

import numpy as np
import pytest
from commands import call

import vae_jax
from vae_jax.pipeline.load_data import load_data
from vae_jax.pipeline.new_config import fitting_of
from vae_jax.registry import build
from vae_jax.studies.study import resolve

RNG = np.random.default_rng(0)
GREYS = RNG.integers(0, 256, (200, 6, 6), np.uint8)
INK = np.where(RNG.random((200, 6, 6)) < 0.2, 250, 3).astype(np.uint8)
DATA = {  # images -> the likelihood that fits them
    "binary": ((GREYS > 128).astype(np.uint8), "bernoulli"),
    "ink": (INK, "bernoulli"),
    "greys": (GREYS, "discretized_logistic"),
    "floats": (RNG.random((200, 6, 6)), "gaussian"),
    "large": (RNG.integers(0, 256, (40, 40, 40), np.uint8), "discretized_logistic"),
}


@pytest.mark.parametrize("name", DATA)
def test_a_config_fits_the_data_and_resolves(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images, likelihood = DATA[name]
    np.savez(tmp_path / "data.npz", images=images)
    assert call("new", "mine.py", "--data=data.npz") == 0
    for variant in ("", ":debug"):
        study = resolve(vae_jax.config(f"mine.py{variant}"))
        (dataset,) = load_data(study)
        assert len(dataset.train) + len(dataset.test) == len(images)
        program = study.programs[0]
        assert program.model["likelihood"]["name"] == likelihood
        assert len(dataset.train) // program.batch_size >= 8
    whole = resolve(vae_jax.config("mine.py")).programs[0]
    count = len(load_data(resolve(vae_jax.config("mine.py")))[0].train)
    assert 0.8 < whole.epochs * count / whole.batch_size / 10_000 < 1.25
    text = (tmp_path / "mine.py").read_text(encoding="utf-8")
    for said in ("evaluate", "disk", "train  ", "white is", "sweep --config=mine.py"):
        assert said in text


def test_what_it_writes_trains_and_is_a_clean_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "data.npz", images=INK, kind=np.arange(200) % 2)
    assert call("new", "mine.py", "--data=data.npz", "--labels=kind") == 0
    tiny = ("--config.network.hidden=(8,)", "--config.evaluation.metrics=('collapse',)")
    assert call("sweep", "--config=mine.py:debug", "--workdir=run", *tiny) == 0
    assert len(vae_jax.open(tmp_path / "run").members) == 6
    compile((tmp_path / "mine.py").read_text(encoding="utf-8"), "mine.py", "exec")


def test_the_digits_are_grey_levels_of_all_kinds():
    fitting = fitting_of(build("dataset", {"name": "digits"}))
    assert fitting.likelihood["name"] in ("bernoulli", "discretized_logistic")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("mine.txt", "--data=digits"), "the name of a config ends in .py"),
        (("there.py", "--data=digits"), "there.py: is there already; name another file"),
        (("mine.py", "--data=nowhere"), "nowhere: nothing is there"),
        (("mine.py", "--data=two.npz"), "say which array with --array; there are: a, b"),
        (("mine.py", "--data=two.npz", "--array=c"), "no array 'c'; there are: a, b"),
        (("mine.py", "--data=floats.npz"), "set --levels=256"),
        (("mine.py", "--data=."), "dataset.path: no images in"),
        (("mine.py",), "the following arguments are required: --data"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    arguments, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.py").write_text("mine = 1\n")
    np.savez(tmp_path / "two.npz", a=GREYS, b=GREYS)
    np.savez(tmp_path / "floats.npz", images=GREYS.astype(np.float32))
    assert call("new", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (tmp_path / "mine.py").exists()
    assert (tmp_path / "there.py").read_text() == "mine = 1\n"


def test_levels_are_passed_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "floats.npz", images=GREYS.astype(np.float32))
    assert call("new", "mine.py", "--data=floats.npz", "--levels=256") == 0
    (dataset,) = load_data(resolve(vae_jax.config("mine.py")))
    assert dataset.white == 255
