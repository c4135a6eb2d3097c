"""The engine of a sweep: blocks, several programs, memory that runs out, the plan."""

import importlib
import re

import jax
import numpy as np
import pytest

from vae_jax.errors import Interrupted, UserError
from vae_jax.pipeline import train_block
from vae_jax.pipeline.job import prepare, within_memory
from vae_jax.pipeline.load_data import load_data
from vae_jax.pipeline.plan import plan
from vae_jax.pipeline.run import run
from vae_jax.report.page import report_page
from vae_jax.runs import directory, members
from vae_jax.runs.load_results import load
from vae_jax.runs.record import make_record
from vae_jax.runs.retention import Keep
from vae_jax.storage import files, logs
from vae_jax.studies.study import resolve
from vae_jax.training import sweep
from vae_jax.training.devices import Layout


@pytest.fixture(autouse=True, scope="module")
def one_device():
    """Of the suite's eight, as `commands.call` has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jax, "local_device_count", lambda: 1)
        yield


def make_study(**changes):
    config = importlib.import_module("configs.digits").get_config("debug").unlock()
    config.epochs, config.log_every, config.checkpoint_every = 6, 2, 2
    config.network.hidden, config.evaluation.max_images = (16,), 60  # `commands.SMALL`
    config.evaluation.metrics = ("rate_distortion", "collapse")
    config.sweep = type(config)({"beta": (0.5, 1.0), "latents": (2, 4), "seed": (0, 1)})
    for name, value in changes.items():
        config.sweep[name] = value
    return resolve(config)


def prepared(study):
    pairs = zip(study.programs, load_data(study), strict=True)
    return [prepare(i, *pair) for i, pair in enumerate(pairs)]


def execute(study, workdir, jobs=None):
    """A run in this process."""
    jobs = jobs or prepared(study)
    with directory.create(workdir, make_record(study.config, load_data(study))):
        run(study, jobs, workdir, tensorboard=False, keep=Keep())


def tables(workdir):
    names = ("results.csv", "summary.csv", "members.csv", "baselines.json")
    return {name: (workdir / name).read_bytes() for name in names}


def lines(workdir):
    """The log in order of members and epochs: blocks only change who comes first."""
    found = logs.read_lines(workdir / "train.jsonl")
    return sorted(found, key=lambda line: (line["member"], line["epoch"]))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("engine") / "whole"
    execute(make_study(), workdir)
    return workdir


def in_blocks(study):
    """Blocks of five members: three for the twelve of the study."""
    return [job._replace(block_size=5) for job in prepared(study)]


def test_blocks_hold_every_member_once():
    (job,) = prepared(make_study())
    for size in (1, 5, 12, 13):
        found = job._replace(block_size=size).blocks
        assert [i for b in found for i in b] == list(range(12))
        assert max(map(len, found)) == min(size, 12)
    calls = job.block_size / job.program.layout.group
    assert calls == int(calls) > 1
    assert job.block_size * job.program.state_bytes <= sweep.BLOCK_BYTES
    huge = job.program._replace(state_bytes=2 * sweep.BLOCK_BYTES)
    assert sweep.block_size(huge) == job.program.layout.group


def test_a_run_in_blocks_gives_the_bytes_of_one_in_a_piece(whole, tmp_path):
    study = make_study()
    execute(study, tmp_path / "run", in_blocks(study))
    assert len(list((tmp_path / "run" / "checkpoints" / "program_0").iterdir())) == 3
    assert tables(tmp_path / "run") == tables(whole)
    assert lines(tmp_path / "run") == lines(whole)


def test_a_run_stopped_between_blocks_goes_on(whole, tmp_path, monkeypatch):
    """In the blocks it began with, whatever the machine would choose now."""
    study = make_study()
    real, calls = train_block.train_block, []

    def stop(job, number, *rest):
        calls.append(number)
        if len(calls) == 3:
            raise Interrupted(2, "stopped")
        return real(job, number, *rest)

    monkeypatch.setattr("vae_jax.pipeline.run.train_block", stop)
    with pytest.raises(Interrupted):
        execute(study, tmp_path / "run", in_blocks(study))
    rows = files.read_csv(tmp_path / "run" / "members.csv")
    assert [row["status"] for row in rows] == ["trained"] * 10 + ["training"] * 2
    execute(make_study(), tmp_path / "run")
    assert tables(tmp_path / "run") == tables(whole)
    assert lines(tmp_path / "run") == lines(whole)


def test_every_program_trains_its_own_members(whole, tmp_path):
    """A static axis: the part that is configured as the whole run has its numbers."""
    study = make_study(batch_size=(64, 128))
    jobs = prepared(study)
    execute(study, tmp_path / "run", jobs)
    # Blocks, chunks and members of all kinds: one compilation per program.
    compiled = [f._cache_size() for j in jobs for f in (j.program.init, j.program.train)]
    assert compiled == [1] * 4
    parts = load(tmp_path / "run")
    (alone,) = load(whole)
    assert [part.title for part in parts] == ["batch_size = 64", "batch_size = 128"]
    assert parts[1].values == alone.values
    assert parts[0].values != alone.values
    assert parts[1].numbers == list(range(12, 24))
    text = report_page(parts)
    assert text.count("Decoded draws of z") == 2
    header = (tmp_path / "run" / "summary.csv").read_text().splitlines()[0]
    own = "objective.free_bits,objective.capacity"
    assert header.startswith(
        f"run,beta,latents,noise,learning_rate,warmup,cycle,{own},batch_size,split,"
    )


def exhausted(times, real):
    """`real`, after running out of memory so many times."""
    left = [times]

    def function(*arguments):
        if left[0]:
            left[0] -= 1
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        return real(*arguments)

    return function


def test_out_of_memory_halves_the_members_per_call(whole, tmp_path, monkeypatch, capsys):
    """Twice: before the first call and after a checkpoint; the numbers are the same."""
    monkeypatch.setattr(jax, "local_device_count", lambda: 4)
    real = sweep.train_groups
    calls = []

    def scarce(program, *rest):
        calls.append(program.layout.group)
        if len(calls) in (1, 4):
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        return real(program, *rest)

    monkeypatch.setattr(sweep, "train_groups", scarce)
    execute(make_study(), tmp_path / "run")
    assert calls == [8, 4, 4, 4, 2]
    said = capsys.readouterr().err
    assert "out of memory with 8 members per call; going on with 4" in said
    assert tables(tmp_path / "run") == tables(whole)
    assert lines(tmp_path / "run") == lines(whole)


def test_one_member_that_does_not_fit_is_one_line():
    study = make_study()
    (job,) = prepared(study)
    with pytest.raises(UserError, match="program 0: out of memory with one member"):
        within_memory(job, exhausted(99, lambda job: None))
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        within_memory(job, lambda job: fail("INTERNAL: something else"))


def fail(message):
    raise jax.errors.JaxRuntimeError(message)


def test_layouts_are_halved_down_to_one():
    layout, groups = Layout("cpu", 3, 4), []
    while layout.group > 1:
        layout = layout.halved()
        groups.append((layout.devices, layout.width))
    assert groups == [(3, 2), (1, 2), (1, 1)]


def test_the_plan_is_what_then_happens(whole):
    """Members, steps and disk, against the run itself."""
    (job,) = prepared(make_study())
    text = plan([job], Keep())
    assert "12 members in 1 program\n" in text
    steps = re.search(r"steps +(\d+) for each member: 6 epochs of ([\d,]+) images", text)
    assert steps.groups() == ("68", "1,437")  # 6 x 1437 / 128 = 67.4
    saved = sum(f.stat().st_size for f in (whole / "checkpoints").rglob("*") if f.is_file())
    peak = float(re.search(r"disk +([\d.]+) MB", text)[1]) * 1e6
    planned = peak * 2 / 3  # two are kept, and one is being written
    assert planned > 0
    # Orbax compresses a little and adds metadata; on weights this small it weighs in.
    np.testing.assert_allclose(planned, saved, rtol=0.5)


def test_the_fate_of_members_is_read_back(whole):
    listed = members.read_members(whole)
    assert [found.member for found in listed] == make_study().members
    assert {found.status for found in listed} == {"done"}
