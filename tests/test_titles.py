"""What a run is called: its title and notes, on which nothing else depends."""

import json
import shutil

import pytest
from commands import call
from faults import SETTINGS

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.studies.config_file import load_config
from vae_jax.studies.study import read


@pytest.fixture
def given(finished_run, tmp_path):
    """Gives the sweep of a finished run again, with more on its command line."""
    source, workdir = finished_run("mlp"), tmp_path / "copy"
    shutil.copytree(source, workdir)
    record = json.loads((workdir / directory.CONFIG).read_text())
    network = f"--config.network={record['config']['network']}"
    shared = [s for s in SETTINGS if not s.startswith("--config.network")]
    return workdir, lambda *more: call(
        "sweep", *shared, network, f"--workdir={workdir}", *more
    )


def test_a_title_given_later_renames_the_pages_and_nothing_else(given):
    workdir, sweep = given
    tables = (directory.RESULTS, directory.MEMBERS, directory.TRAIN_LOG)
    before = [(workdir / name).read_bytes() for name in tables]
    identity = directory.id_of(workdir)
    assert sweep("--config.title=<i>Digits & co", "--config.notes=What I tried.") == 0
    report = (workdir / directory.REPORT).read_text()
    assert "<h1>&lt;i&gt;Digits &amp; co</h1>" in report and "What I tried." in report
    assert "&lt;i&gt;Digits &amp; co" in (workdir / directory.EXPLORER).read_text()
    assert [(workdir / name).read_bytes() for name in tables] == before
    assert directory.id_of(workdir) == identity
    assert sweep() == 0
    assert "<h1>copy</h1>" in (workdir / directory.REPORT).read_text()


@pytest.mark.parametrize("name", ["title", "notes"])
def test_a_title_is_a_text(name):
    settings = load_config("digits:debug").to_dict() | {name: 3}
    with pytest.raises(UserError, match=f"config.{name}: 3 is not a text"):
        read(settings, {})
