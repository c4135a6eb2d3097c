"""Faults: kills, damaged files, full disks; whatever happens, the same result or one line.

`make faults` runs `python tests/faults.py`: hundreds of kills, and every file of a run
damaged in every way; it prints the counts. `test_faults.py` is a short form of it.
"""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

SETTINGS = (
    "--config=configs/digits.py:debug",
    *("--config.epochs=40", "--config.log_every=2", "--config.checkpoint_every=4"),
    *("--config.network.hidden=(16,)", "--config.evaluation.max_images=60"),
    "--config.evaluation.metrics=('rate_distortion','collapse')",
)
# What has to be the same, byte for byte. Parameters: by their SHA-256 in members.csv.
RESULT = (
    *("results.csv", "summary.csv", "half_samples.csv", "members.csv"),
    *("baselines.json", "train.jsonl"),
)
SIZES = ("8k", "40k", "120k", "300k", "1m", "1400k", "1600k")
LEFT = (0, 4_096, 20_480, 61_440, 151_552, 307_200)  # bytes
PAGES = ("report.html", "explorer.html")  # say where the run lies
UNTOUCHED, RECOVERED, STOPPED = "untouched", "recovered", "stopped with one line"


def command(workdir, *more):
    return [
        sys.executable,
        "experiments/sweep.py",
        *SETTINGS,
        f"--workdir={workdir}",
        *more,
    ]


def sweep(workdir):
    """Runs or resumes it to the end: exit status, and what it said."""
    done = subprocess.run(command(workdir), capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def differing(workdir, reference, more=()):
    """The names of files of the result that are not those of an undisturbed run."""
    hold = lambda home, name: (home / name).read_bytes() if (home / name).exists() else None
    arrays = [str(p.relative_to(reference)) for p in (reference / "arrays").rglob("*.*")]
    return [n for n in (*RESULT, *more, *arrays) if hold(workdir, n) != hold(reference, n)]


def kill_once(workdir, seconds):
    """SIGKILL after so long; True if it had ended by itself before."""
    process = subprocess.Popen(
        command(workdir), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        said = process.communicate(timeout=seconds)[1]
        assert process.returncode == 0, said
        return True
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False


def kill(home, reference, count, seconds, rng):
    """So many kills at random moments; the runs that ended, each with the same result."""
    kills = runs = 0
    while kills < count:
        workdir = home / f"killed_{runs}"
        while not kill_once(workdir, rng.uniform(0.0, seconds)):
            kills += 1
            if kills >= count:
                sweep(workdir)
                break
        differ = differing(workdir, reference)
        assert not differ, f"after {kills} kills: {differ}"
        shutil.rmtree(workdir)
        runs += 1
    return runs


def flipped(file):
    content = bytearray(file.read_bytes())
    if content:
        content[len(content) // 2] ^= 4
    file.write_bytes(bytes(content))


DAMAGES = {
    "deleted": lambda file: file.unlink(),
    "emptied": lambda file: file.write_bytes(b""),
    "truncated": lambda file: file.write_bytes(
        file.read_bytes()[: -1 - len(file.read_bytes()) // 3]
    ),
    "flipped": flipped,
}


def files_of(workdir):
    locks = (".lock", ".evaluation.lock")
    found = (p for p in workdir.rglob("*") if p.is_file() and p.name not in locks)
    return sorted(str(p.relative_to(workdir)) for p in found)


def damage(home, source, reference, name, kind, run=sweep):
    """One file of a copy of a run in one way; what the sweep's own command makes of it."""
    workdir = home / "damaged" / source.name
    shutil.rmtree(workdir, ignore_errors=True)
    shutil.copytree(source, workdir)
    DAMAGES[kind](workdir / name)
    status, said = run(workdir)
    if status == 2:
        lines = said.strip().splitlines()
        errors = [line for line in lines if "error:" in line]
        assert len(errors) == 1 and lines[-1] == errors[0], said
        file = pathlib.Path(name)
        home = [str(file.parent)] if file.parent.name else []
        assert any(part in errors[0] for part in (file.name, *home)), errors
        return STOPPED
    assert status == 0, said
    differ = differing(workdir, reference, PAGES if source == reference else ())
    lost = {"train.jsonl"} if "the log" in said else set()  # which is told of
    assert not set(differ) - lost, f"{name} {kind}: silently wrong: {differ}"
    return RECOVERED if said.strip() or source != reference else UNTOUCHED


def full_disk(home, reference, size, run=sweep):
    """A run on a disk of that size, then read-only, then with room; None without a disk."""
    with small_disk(home, size) as disk:
        if disk is None:
            return None
        said = refused(run, disk / "run")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        refused(run, disk / "run")
        subprocess.run(["mount", "-o", "remount,rw,size=64m", disk], check=True)
        assert run(disk / "run")[0] == 0
        assert not differing(disk / "run", reference)
        return said


def full_after_training(home, reference, left, run=sweep):
    """A trained run on a disk with so many bytes left, then with room."""
    with small_disk(home, "64m") as disk:
        if disk is None:
            return None
        workdir = disk / "run"
        shutil.copytree(reference, workdir)
        for name in ("evaluation.jsonl", "baselines.json", *PAGES, *RESULT[:3]):
            (workdir / name).unlink()
        shutil.rmtree(workdir / "arrays")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - left))
        said = refused(run, workdir)
        ballast.unlink()
        assert run(workdir)[0] == 0
        assert not differing(workdir, reference)
        return said


@contextlib.contextmanager
def small_disk(home, size):
    """A mounted directory of that size; None where only root could mount one."""
    disk = home / "disk"
    disk.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def refused(run, workdir):
    """The one line with which a run stops."""
    status, said = run(workdir)
    errors = [line for line in said.splitlines() if "error:" in line]
    assert status == 2 and len(errors) == 1, said
    return errors[0]


def stopped_run(home):
    """A run that was asked to stop in the middle of training."""
    workdir = home / "stopped"
    process = subprocess.Popen(command(workdir), stderr=subprocess.PIPE, text=True)
    blocks = workdir / "checkpoints" / "program_0" / "block_0"
    while not (blocks.exists() and any(p.name.isdigit() for p in blocks.iterdir())):
        time.sleep(0.005)
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    said = process.communicate()[1]
    assert process.returncode == 128 + signal.SIGTERM and "Traceback" not in said, said
    assert re.search(r"stopped after epoch \d+ of 40, which is saved", said), said
    return workdir


def main(kills=200, seed=0):
    """The long form; prints what was done."""
    home = pathlib.Path(tempfile.mkdtemp())
    reference, rng = home / "reference", random.Random(seed)
    assert sweep(reference)[0] == 0
    started = time.monotonic()
    shutil.rmtree(reference)
    assert sweep(reference)[0] == 0  # with what is compiled
    seconds = time.monotonic() - started
    for source in (reference, stopped_run(home)):
        counts, names = Counter(), files_of(source)
        for name in names:
            for kind in DAMAGES:
                counts[damage(home, source, reference, name, kind)] += 1
                print(
                    f"\r{source.name}: {sum(counts.values())} of {4 * len(names)}", end=""
                )
        print(f"\n{source.name}: {len(names)} files, {dict(counts)}", flush=True)
    for size in SIZES:
        print(f"disk of {size}: {full_disk(home, reference, size)}", flush=True)
    for left in LEFT:
        said = full_after_training(home, reference, left)
        print(f"{left:,} bytes left after training: {said}", flush=True)
    runs = kill(home, reference, kills, 1.1 * seconds, rng)
    print(f"{kills} kills in {runs} runs of {seconds:.1f} s: all ended with the same bytes")
    shutil.rmtree(home)


if __name__ == "__main__":
    os.chdir(pathlib.Path(__file__).parents[1])
    main(*map(int, sys.argv[1:]))
