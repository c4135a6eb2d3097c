"""The documentation's own methods: every example builds, trains and is measured."""

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.hyperparameters import COMMON, DECLARING, as_markdown
from vae_jax.runs import members, tables

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text()
METHODS = {
    "dataset": "stripes",
    "network": "linear",
    "posterior": "same_spread",
    "prior": "scaled_normal",
    "likelihood": "squared_error",
    "objective": "sparse",
    "sampler": "jittered",
    "metric": "code_norm",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A directory with the page's examples as one file, `mine.py`."""
    home = tmp_path_factory.mktemp("own")
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (home / "mine.py").write_text('"""The examples."""\n\n' + "\n".join(blocks))
    return home


@pytest.fixture
def at_home(home, monkeypatch):
    monkeypatch.chdir(home)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    yield home
    sys.modules.pop("mine", None)


def test_every_kind_has_an_example(at_home):
    assert set(METHODS) == set(registry.METHODS) - {"certificate"}
    for kind, name in METHODS.items():
        assert registry.factory(kind, f"mine:{name}").__doc__


def test_the_table_of_numbers_is_the_code_s():
    numbers = {hyper.name: hyper for hyper in COMMON}
    for kind in DECLARING:
        for name in registry.METHODS[kind]:
            numbers |= {f"{kind}.{h.name}": h for h in registry.numbers(kind, name)}
    assert as_markdown(numbers) in PAGE


@pytest.fixture(scope="module")
def trained(home):
    """A sweep with all of them, declared numbers as axes, started where `mine.py` lies."""
    named = [f"--config.{k}.name=mine:{METHODS[k]}" for k in list(METHODS)[:6]]
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "experiments" / "sweep.py"),
            f"--config={ROOT / 'configs' / 'digits.py'}:debug",
            *named,
            *("--config.dataset.count=300", "--config.max_latents=3"),
            *("--config.epochs=4", "--config.log_every=4", "--config.checkpoint_every=4"),
            *("--config.sweep.beta=(1.0,)", "--config.sweep.latents=(2,)"),
            "--config.sweep.objective.weight=(0.0,5.0)",
            "--config.sweep.prior.scale=(0.5,2.0)",
            "--config.posterior.spread=0.2",
            "--config.autoencoder=False",
            "--config.evaluation.metrics=('rate_distortion','mine:code_norm',"
            "{'name':'samples','samplers':('prior','mine:jittered')})",
            "--workdir=run",
        ],
        **{"cwd": home, "capture_output": True, "text": True, "timeout": 300},
    )
    assert done.returncode == 0, done.stderr
    return home / "run", done


def test_own_methods_train_as_one_program(trained):
    workdir, done = trained
    assert "4 members in 1 program" in done.stdout
    found = [row.member for row in members.read_members(workdir)]
    assert {dict(m.own)["objective.weight"] for m in found} == {0.0, 5.0}
    assert {dict(m.own)["prior.scale"] for m in found} == {0.5, 2.0}
    assert {dict(m.own)["posterior.spread"] for m in found} == {0.2}


def test_declared_numbers_reach_their_methods(trained):
    """The rate has a closed form where the spread is known, and a price shortens codes."""
    workdir, _ = trained
    found = [row.member for row in members.read_members(workdir)]
    value = {
        (row.member, row.split, str(row.key)): row.value
        for row in tables.read_results(workdir, len(found))
    }
    norm = {m: value[i, "test", "code_norm"] for i, m in enumerate(found)}
    for m in found:
        if dict(m.own)["objective.weight"] == 0.0:
            own = tuple((n, 5.0 if n == "objective.weight" else v) for n, v in m.own)
            assert norm[m._replace(own=own)] < norm[m]
    for i, m in enumerate(found):
        ratio = 0.2 / dict(m.own)["prior.scale"]
        least = (
            m.latents * 0.5 * (ratio**2 - 1 - 2 * np.log(ratio))
        )  # where every mean is 0
        assert value[i, "test", "rate"] > least - 1e-4
    assert all((i, "test", "coverage_clf@mine:jittered") in value for i in range(4))


def test_the_record_knows_the_user_s_code(trained):
    workdir, _ = trained
    record = (workdir / "config.json").read_text()
    assert "mine:sparse" in record and '"own": {' in record


@pytest.mark.parametrize(
    "name, message",
    [
        ("nowhere:thing", r"nowhere cannot be imported: No module named 'nowhere'"),
        ("mine:nothing", "'mine:nothing': mine has no such function"),
        ("broken:thing", r"broken cannot be imported \(.*broken.py, line 2\): division"),
        ("mine:", r"'mine:' is not known; there are: burgess, conv"),
    ],
)
def test_what_cannot_be_had_is_one_line(at_home, name, message):
    (at_home / "broken.py").write_text("one = 1\none / 0\n")
    with pytest.raises(UserError, match=message):
        registry.factory("network", name)


def contracts(home, entry):
    """`contracts.py` as a user runs it, where the file lies."""
    command = [sys.executable, ROOT / "experiments" / "contracts.py", entry]
    return subprocess.run(
        command, **{"cwd": home, "capture_output": True, "text": True, "timeout": 300}
    )


@pytest.mark.slow
def test_the_contracts_hold_for_an_own_method_and_find_a_wrong_one(home):
    right = contracts(home, "prior=mine:scaled_normal")
    assert right.returncode == 0, right.stdout
    wrong = '''"""A prior whose KL is half of what it says."""

from mine import Prior, declares, Hyper, scaled_normal


@declares(Hyper("scale", 1.0, "", "standard deviation", open_low=True))
def halved() -> Prior:
    """N(0, scale^2 I), with half of its KL."""
    prior = scaled_normal()
    return prior._replace(kl=lambda q, hparams: 0.5 * prior.kl(q, hparams))
'''
    (home / "wrong.py").write_text(wrong)
    found = contracts(home, "prior=wrong:halved")
    assert found.returncode == 1
    assert "test_prior_kl_matches_monte_carlo" in found.stdout
    nobody = contracts(home, "prior=nobody:halved")
    assert nobody.returncode == 2 and len(nobody.stderr.splitlines()) == 1
