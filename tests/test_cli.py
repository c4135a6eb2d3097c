"""The commands: every mistake is one line on stderr, exit status 2, and nothing written."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from commands import call, run

from vae_jax.console import cli
from vae_jax.studies.study import resolve

DEBUG = "--config=configs/digits.py:debug"


MISTAKES = [
    ((DEBUG, "--config.epoch=3"), "no such field: .*epoch.* mean .epochs"),
    ((DEBUG, "--config.sweep.betas=(1.0,)"), "no such field: .*betas.* mean .beta"),
    ((DEBUG, "--config.sweep.epochs=(2,0)"), "epochs: 0 is out of range"),
    ((DEBUG, "--config.sweep.network.hidden=((8,),(0,))"), "hidden: .* positive widths"),
    ((DEBUG, "--config.sweep.dataset.name=('digits','no')"), "dataset.name: 'no' is not"),
    ((DEBUG, "--config.sweep.batch_size=(64,2000)"), "2000 is more than the 1437"),
    ((DEBUG, "--config.sweep.zip=('beta','latents','seed')"), "'seed' is not an axis"),
    ((DEBUG, "--config.batch_size=8", "--config.sweep.batch_size=(8,)"), "grid sets batch"),
    ((DEBUG, "--config.evaluation.metrics=()"), "evaluation.metrics: is empty"),
    ((DEBUG, "--config.evaluation.metrics=([],)"), r"evaluation.metrics.name: \[\]"),
    ((DEBUG, f"--config.sweep.beta=(1{'0' * 400},)"), "sweep.beta: .* is out of range"),
    ((DEBUG, "--config.sweep.learning_rate=(1e-50,)"), "1e-50 is out of range"),
    ((DEBUG, "--config.epochs=many"), "epochs"),
    ((DEBUG, "--config.beta=nan"), "the grid sets beta too"),
    (
        (DEBUG, "--config.objective.free_bits=-0.1"),
        "config.objective.free_bits: -0.1 is out of range",
    ),
    (
        (DEBUG, "--config.sweep.objective.capacity=(-1.0,)"),
        "sweep.objective.capacity: -1.0 is out of range",
    ),
    (
        (DEBUG, "--config.warmup=1", "--config.sweep.warmup=(2.0,)"),
        "the grid sets warmup too",
    ),
    (
        (DEBUG, "--config.objective.weight=2.0"),
        "objective.weight: 'elbo' has no such setting; it takes: free_bits, capacity",
    ),
    (
        (DEBUG, "--config.sweep.objective.weight=(2.0,)"),
        "objective.weight: 'elbo' has no such setting",
    ),
    ((DEBUG, "--config.learning_rate=nan"), "learning_rate: nan is out of range"),
    ((DEBUG, "--config.sweep.beta=(0.5,-1.0)"), "sweep.beta: -1.0 is out of range"),
    ((DEBUG, "--config.sweep.seed=(0,1.5)"), "seed: 1.5 is not a whole number"),
    ((DEBUG, "--config.sweep.beta=(True,)"), "beta: True is not a number"),
    ((DEBUG, '--config.sweep.beta=(0.5,"a")'), "beta: 'a' is not a number"),
    ((DEBUG, "--config.sweep.beta=(,"), "beta"),
    ((DEBUG, "--config.sweep.beta=()"), "sweep.beta: the grid is empty"),
    ((DEBUG, "--config.seed=4294967296"), "seed: 4294967296 is out of range"),
    ((DEBUG, "--config.network.name=cnn"), "network.name: 'cnn' is not known; .*mlp"),
    ((DEBUG, "--config.dataset.name=faces"), "dataset.name: .*there are: cifar, digits, "),
    ((DEBUG, "--config.dataset.path=x"), "dataset.path: 'digits' has no such setting"),
    ((DEBUG, "--config.batch_size=2000"), "2000 is more than the 1437 training images"),
    ((DEBUG, "--config.network.hidden=(0,)"), "network.hidden: .* positive widths"),
    (("--config=configs/nowhere.py",), "there is no file configs/nowhere.py"),
    (("--config=README.md",), "README.md is not a Python file"),
    (
        (DEBUG, "--config.likelihood=gauss"),
        "likelihood: a group of fields, .* --config.likelihood.name=gaussian; there are: b",
    ),
    ((DEBUG, "--config.likelihood", "gauss"), "--config.likelihood.name=gaussian; there"),
    ((DEBUG, "--config.early_stopping=5"), "a group .* --config.early_stopping.patience"),
    (
        (DEBUG, "--config.likelyhood.name=gaussian"),
        '^[^\\\\]* no such field: likelyhood.name; did you mean "likelihood" instead',
    ),
    ((DEBUG, "--config.zzz=1"), "no such field: zzz; there are: autoencoder"),
    ((DEBUG, "--config.epochs=1.5"), "--config.epochs: '1.5' is not a whole number"),
    ((DEBUG, "--config.epochs=1e99"), "--config.epochs: '1e99' is not a whole number"),
    ((DEBUG, "--config.autoencoder=maybe"), "'maybe' is neither True nor False"),
    (("--config=configs/digits.py:fast",), "default, full or debug"),
    ((DEBUG, "--nonsense=1"), "nonsense"),
    ((DEBUG, "stray"), "'stray' is not understood"),
    ((), "required: --config"),
]


@pytest.mark.parametrize("arguments, message", MISTAKES, ids=lambda v: str(v)[:50])
def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path, capsys, arguments, message):
    status = call("sweep", *arguments, f"--workdir={tmp_path / 'run'}")
    out, err = capsys.readouterr()
    assert status == 2 and out == "" and "Traceback" not in err
    assert len(err.splitlines()) == 1 and err.startswith("sweep.py: error: ")
    assert re.search(message, err)
    assert not (tmp_path / "run").exists()


def test_numbers_can_be_given_where_a_config_leaves_them_out():
    given = (
        "--config.objective.free_bits=0.1",
        "--config.sweep.warmup=(0.0,5)",
        "--workdir=x",
    )
    found = cli.parse_config([DEBUG, *given], "")
    members = resolve(found.config, found.overrides).members
    vaes = {
        (m.numbers["objective.free_bits"], m.warmup) for m in members if m.has_posterior
    }
    assert vaes == {(0.1, 0.0), (0.1, 5.0)} and len(members) == 2 + 8


def test_a_whole_number_can_be_written_as_a_power_of_ten():
    given = (
        *("--config.epochs=1e3", "--config.seed", "2e0", "--config.beta=1e-1"),
        *("--config.autoencoder", "--config.sweep.batch_size=(6.4e1,1e2)"),
        *("--config.network.hidden=(1e2,20)", "--config.sweep.learning_rate=(1e3,)"),
    )
    config = cli.parse_config([DEBUG, *given, "--workdir=x"], "").config
    assert [config.epochs, config.seed, config.beta] == [1000, 2, 0.1]
    whole = [config.epochs, *config.sweep.batch_size, *config.network.hidden]
    assert whole == [1000, 64, 100, 100, 20]
    assert all(type(number) is int for number in whole)
    assert type(config.sweep.learning_rate[0]) is float and config.autoencoder is True


def test_another_method_does_not_inherit_settings():
    """`hidden` is the MLP's; a setting that the command line gives is the new method's."""
    new = ("--config.network.name=conv", "--config.network.features=(3,4)")
    config = cli.parse_config([DEBUG, *new, "--workdir=x"], "").config
    assert config.network.to_dict() == {"name": "conv", "features": (3, 4)}
    same = cli.parse_config([DEBUG, "--config.network.name=mlp", "--workdir=x"], "").config
    assert same.network.hidden == (256,)


def test_a_mistake_in_a_process_of_its_own(tmp_path):
    found = run("sweep", DEBUG, "--config.epoch=3", f"--workdir={tmp_path / 'run'}")
    assert found.returncode == 2 and found.stdout == ""
    assert len(found.stderr.splitlines()) == 1 and "epochs" in found.stderr


def test_mistakes_are_answered_without_jax():
    """What makes the answer come at once: JAX takes seconds to import."""
    code = (
        "import sys; sys.argv = ['sweep.py', '--config=configs/digits.py', '--workdir=x',"
        "'--config.sweep.beta=(-1.0,)']; sys.path.insert(0, 'experiments')\n"
        "import sweep\n"
        "try: sweep.main(sys.argv[1:])\n"
        "except Exception as error: print(error)\n"
        "print(sorted({'jax', 'flax', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "out of range" in found.stdout and found.stdout.endswith("[]\n")


@pytest.mark.parametrize("command", ["sweep", "compare", "report"])
def test_help_is_the_docstring(command, capsys):
    assert call(command, "--help") == 0
    assert f"usage: vae-jax {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["compare", "report"])
def test_a_directory_without_a_run_is_named(command, tmp_path, capsys):
    assert call(command, f"--workdir={tmp_path}") == 2
    assert "no run here (config.json is missing)" in capsys.readouterr().err
    assert call(command) == 2
    assert "--workdir" in capsys.readouterr().err


def test_a_broken_config_file_names_its_line(tmp_path, capsys):
    config = tmp_path / "mine.py"
    config.write_text("def get_config():\n    return nothing\n")
    assert call("sweep", f"--config={config}", f"--workdir={tmp_path / 'run'}") == 2
    assert "mine.py, line 2: name 'nothing' is not defined" in capsys.readouterr().err
    config.write_text("raise SystemExit(0)\n")
    relative = os.path.relpath(config)
    assert call("sweep", f"--config={relative}", f"--workdir={tmp_path / 'run'}") == 2
    assert f"{relative}, line 1: 0" in capsys.readouterr().err


def test_bad_data_leaves_no_directory(tmp_path, capsys):
    np.savez(tmp_path / "data.npz", images=np.full((9, 4), 2.0))
    workdir = tmp_path / "run"
    settings = (
        "--config.dataset.name=npz",
        f"--config.dataset.path={tmp_path / 'data.npz'}",
    )
    assert call("sweep", DEBUG, *settings, f"--workdir={workdir}") == 2
    assert "floats from 2.0 to 2.0; expected 0 to 1" in capsys.readouterr().err
    assert not workdir.exists()
