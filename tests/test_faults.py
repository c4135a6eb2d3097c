"""Accidents: kills, damaged files, a full disk, other hands; a short `make faults`."""

import json
import pathlib
import random
import shutil
import subprocess

import faults
import pytest
from commands import call

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.runs.load_results import load
from vae_jax.storage import arrays, files, logs, seals


@pytest.fixture
def here(capfd):
    """The sweep's command in this process: exit status, and what it said."""

    def run(workdir):
        status = call("sweep", *faults.SETTINGS, f"--workdir={workdir}")
        return status, capfd.readouterr().err

    return run


@pytest.fixture(scope="module")
def reference(finished_run):
    """An undisturbed run."""
    return finished_run("mlp")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that was stopped in the middle of training: the last epoch is saved."""
    return faults.stopped_run(tmp_path_factory.mktemp("stopped"))


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_bytes(reference, tmp_path):
    assert faults.kill(tmp_path, reference, 2, 8.0, random.Random(0)) >= 1


BLOCK = "arrays/program_0/block_0"
CHECKPOINT = "checkpoints/program_0/block_0"


def newest(workdir):
    """The epoch of the last checkpoint."""
    return max(int(place.name) for place in (workdir / CHECKPOINT).iterdir())


@pytest.mark.parametrize(
    "name, kind, outcome",
    [
        ("config.json", "flipped", faults.STOPPED),
        ("config.json", "truncated", faults.STOPPED),
        ("results.csv", "flipped", faults.RECOVERED),
        ("members.csv", "emptied", faults.RECOVERED),
        ("baselines.json", "truncated", faults.RECOVERED),
        ("train.jsonl", "flipped", faults.STOPPED),
        ("train.jsonl", "deleted", faults.STOPPED),
        ("evaluation.jsonl", "flipped", faults.UNTOUCHED),
        ("report.html", "flipped", faults.UNTOUCHED),
        ("explorer.html", "deleted", faults.UNTOUCHED),
        ("sha256.json", "flipped", faults.RECOVERED),
        (f"{BLOCK}/weights.npz", "flipped", faults.RECOVERED),
    ],
)
def test_a_damaged_file_of_a_finished_run(reference, tmp_path, here, name, kind, outcome):
    found = faults.damage(tmp_path, reference, reference, name, kind, here)
    assert found == outcome


def test_a_damaged_checkpoint_of_a_stopped_run(reference, stopped, tmp_path, here):
    """The run goes on from the one before, or starts again."""
    saved = stopped / CHECKPOINT / str(newest(stopped))
    files = [p for p in saved.rglob("*") if p.is_file()]
    blob = str(max(files, key=lambda p: p.stat().st_size).relative_to(stopped))
    faults.damage(tmp_path, stopped, reference, blob, "flipped", here)


def test_a_log_that_was_cut_at_a_line_is_told_of(reference, stopped, tmp_path, here):
    """No line is damaged, yet lines are lost."""
    workdir = tmp_path / "run"
    shutil.copytree(stopped, workdir)
    lines = (workdir / "train.jsonl").read_bytes().splitlines(keepends=True)
    (workdir / "train.jsonl").write_bytes(b"".join(lines[1:]))
    status, said = here(workdir)
    assert status == 0 and "train.jsonl: damaged; the log of 1 members is not whole" in said
    assert faults.differing(workdir, reference) == ["train.jsonl"]


def test_a_run_that_was_moved_goes_on(reference, stopped, tmp_path, here):
    """Under another name, with files from the future: the clock was set back."""
    workdir = tmp_path / "moved"
    shutil.copytree(stopped, workdir)
    subprocess.run(["find", workdir, "-exec", "touch", "-d", "2099-01-01", "{}", "+"])
    status, said = here(workdir)
    assert status == 0 and f"resuming after epoch {newest(stopped)} of 40" in said
    assert not faults.differing(workdir, reference)


def test_an_edited_config_and_a_newer_version_are_refused(reference, tmp_path, here):
    workdir = tmp_path / "run"
    shutil.copytree(reference, workdir)
    file = workdir / directory.CONFIG
    text = file.read_text()
    file.write_text(text.replace('"epochs": 40', '"epochs": 50'))
    status, said = here(workdir)
    assert status == 2 and "config.json: damaged, or edited since it was written" in said
    record = json.loads(text)
    del record["sha256"]
    seals.write_record(file, {**record, "format": 2})
    status, said = here(workdir)
    assert status == 2 and "format 2, written by another version" in said


def test_a_full_disk_is_one_line_and_nothing_is_lost(reference, tmp_path, here):
    """And a read-only one; with room made, the same command ends with the same bytes."""
    if not faults.full_disk(tmp_path, reference, "1400k", here):
        pytest.skip("NO SMALL DISK: only root can mount one")
    faults.full_after_training(tmp_path, reference, 61_440, here)


def test_a_report_is_never_made_of_damaged_files(reference, tmp_path):
    """Whatever it reads, named in one line."""
    for name in ("results.csv", "members.csv", "train.jsonl", f"{BLOCK}/codes.npz"):
        workdir = tmp_path / pathlib.Path(name).name
        shutil.copytree(reference, workdir)
        faults.flipped(workdir / name)
        with pytest.raises(UserError, match=rf"{pathlib.Path(name).name}: missing or dam"):
            load(workdir)


def test_a_line_with_a_flipped_bit_is_not_read(tmp_path):
    """Anywhere in it: in a number, in its checksum, in the newline."""
    log = tmp_path / "log.jsonl"
    records = [{"epoch": e, "loss": 0.1 * e} for e in (1, 2, 3)]
    logs.append_lines(log, records)
    whole = log.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 16):
            damaged = bytearray(whole)
            damaged[place] ^= bit
            log.write_bytes(bytes(damaged))
            found = logs.read_lines(log)
            assert found != records and all(record in records for record in found)


def test_arrays_are_bounded_before_they_are_allocated(tmp_path):
    """A header that promises a terabyte, and an archive that claims one."""
    import io
    import zipfile

    import numpy as np

    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (2**38,)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", header.getvalue())
    with pytest.raises(UserError, match="does not hold what its header says"):
        arrays.read_arrays(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", a=np.array([{}], dtype=object))
    with pytest.raises(UserError, match="holds Python objects, which are never loaded"):
        arrays.read_arrays(tmp_path / "b.npz")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(UserError, match=r"deep\.json: damaged"):
        files.read_json(tmp_path / "deep.json")


def test_names_in_a_seal_lead_nowhere_else(tmp_path):
    """`..`, absolute paths and links out of the directory count as damaged."""
    place = tmp_path / "run"
    place.mkdir()
    (tmp_path / "secret").write_text("x")
    (place / "link").symlink_to(tmp_path / "secret")
    sha = seals.digest(tmp_path / "secret")
    names = ("../secret", str(tmp_path / "secret"), "link")
    seals.write_record(place / seals.SEAL, {"files": dict.fromkeys(names, sha)})
    assert seals.broken(place) == list(names)
