"""Leases: one holder at a time, whatever becomes of the others; no locks of the system."""

import errno
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

import vae_jax
from vae_jax.storage import leases

HERE = {"process": os.getpid(), "machine": leases.machine(), "host": "here"}
FOREIGN = {**HERE, "machine": "another", "host": "node7", "started": None}


def left_behind(file, content, age=0.0):
    """A lease as another process wrote it so many seconds ago."""
    file.write_text(json.dumps({"token": "theirs", **content}))
    then = time.time() - age
    os.utime(file, (then, then))


def test_one_holder_at_a_time(tmp_path):
    file = tmp_path / ".lock"
    with leases.take(file):
        assert leases.take(file) is None
        assert leases.holder(file) == f"process {os.getpid()}"
    assert leases.holder(file) is None and list(tmp_path.iterdir()) == []
    with leases.take(file):
        pass


def test_a_process_that_is_gone_holds_nothing(tmp_path):
    """Not even where its number is another process's now; at once, without a wait."""
    file = tmp_path / ".lock"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for gone in ({"process": ended.pid, "started": "1"}, {"started": "1"}):
        left_behind(file, {**HERE, **gone})
        assert leases.holder(file) is None
        with leases.take(file):
            assert leases.holder(file) == f"process {os.getpid()}"


def test_an_ended_process_that_nobody_waited_for_holds_nothing(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = leases.started(ended.pid)
    assert not leases.is_over({**HERE, "process": ended.pid, "started": began}, 0.0)
    ended.kill()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert leases.is_over({**HERE, "process": ended.pid, "started": began}, 0.0)
    ended.communicate()


def test_another_machine_is_believed_for_a_minute(tmp_path):
    file = tmp_path / ".lock"
    left_behind(file, FOREIGN, age=leases.STALE - 10.0)
    assert leases.take(file) is None
    assert leases.holder(file) == f"process {os.getpid()} on node7"
    left_behind(file, FOREIGN, age=leases.STALE + 10.0)
    assert leases.holder(file) is None
    with leases.take(file):
        assert leases.holder(file) == f"process {os.getpid()}"


def test_what_cannot_be_read_is_held_for_a_minute(tmp_path):
    file = tmp_path / ".lock"
    for content in ("", "123\n", "[]", "{}"):
        file.write_text(content)
        assert leases.take(file) is None and leases.holder(file) == "an unknown process"
        os.utime(file, (0.0, 0.0))
        with leases.take(file):
            pass


def test_a_lease_that_is_held_is_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(leases, "RENEWED", 0.02)
    file = tmp_path / ".lock"
    with leases.take(file):
        os.utime(file, (0.0, 0.0))
        file_is_new = lambda: time.time() - file.stat().st_mtime < leases.STALE
        wait_for(file_is_new)
        file.unlink()  # by a user who tidied up
        wait_for(file.exists)
        assert leases.take(file) is None


def wait_for(condition):
    """Waits until it holds, ten seconds at most."""
    until = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


HOLDER = """
import pathlib, sys, time
from vae_jax.storage import leases
leases.RENEWED = 0.05
with leases.take(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(30)
"""


def test_whose_lease_was_taken_stops_with_a_line(tmp_path):
    """As a machine finds that slept while another took over its run."""
    file = tmp_path / ".lock"
    command = [sys.executable, "-c", HOLDER, str(file)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        left_behind(tmp_path / "theirs", FOREIGN)
        os.replace(tmp_path / "theirs", file)
        said = process.communicate(timeout=20)[1]
    assert process.returncode == leases.LOST
    assert said == f"{tmp_path}: taken over by process {os.getpid()} on node7; stopped\n"


def test_a_server_that_is_away_for_a_while_takes_no_lease(tmp_path, monkeypatch):
    """What cannot be read tells nothing: not that another one has it."""
    monkeypatch.setattr(leases, "RENEWED", 0.02)
    tries, ends = [], []

    def away(*_, **__):
        tries.append(1)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "_exit", ends.append)
    file = tmp_path / ".lock"
    with leases.take(file):
        with monkeypatch.context() as server:
            server.setattr(leases, "open", away, raising=False)
            wait_for(lambda: len(tries) > 2)
        os.utime(file, (0.0, 0.0))
        wait_for(lambda: file.stat().st_mtime > 0.0)  # back, and renewed
        file.write_text("")  # by a disk that is full, say
        time.sleep(0.1)
    assert ends == []


def test_a_fork_of_the_holder_gives_nothing_back(tmp_path):
    script = (
        "import os, pathlib, sys\n"
        "from vae_jax.storage import leases\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "with leases.take(file) as lease:\n"
        "    if not (child := os.fork()):\n"
        "        lease.close()\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    assert leases.holder(file) == f'process {os.getpid()}'\n"
        "assert not file.exists()\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / ".lock"], check=True)


ODD = [  # of this machine, so that the process would be asked for
    {**HERE, "process": process, "started": "1"}
    for process in ("12", 10**30, -1, 0, None, True)
] + [HERE, {**HERE, "started": 1}, {**HERE, "started": "1", "token": "../x"}]


@pytest.mark.parametrize("content", ODD)
def test_odd_content_is_held_for_a_minute(tmp_path, content):
    file = tmp_path / ".lock"
    left_behind(file, content)
    assert leases.take(file) is None and leases.holder(file) == "an unknown process"
    left_behind(file, content, age=leases.STALE + 10.0)
    with leases.take(file):
        assert leases.holder(file) == f"process {os.getpid()}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("skew", [-1e6, 1e6])
def test_one_who_was_killed_taking_over_is_in_nobodys_way(tmp_path, monkeypatch, skew):
    """At once on its machine, after a minute elsewhere; whatever this machine's clock."""
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + skew)
    file, turn = tmp_path / ".lock", tmp_path / ".lock.theirs"
    dead = {**HERE, "started": "1"}
    for killed, age, free in (
        (dead, 0.0, True),
        (FOREIGN, leases.STALE - 10.0, False),
        (FOREIGN, leases.STALE + 10.0, True),
    ):
        left_behind(file, dead)
        left_behind(turn, {**killed, "token": "killed"}, age=age + skew)
        lease = leases.take(file)
        assert (lease is not None) == free
        if lease is not None:
            lease.close()
            assert list(tmp_path.iterdir()) == []


def test_who_comes_second_leaves_a_new_lease_alone(tmp_path, monkeypatch):
    """It saw the stale one before the first took it over, and has its turn after."""
    file, first = tmp_path / ".lock", leases.own()
    left_behind(file, {**HERE, "started": "1"})
    seen = leases.look(file)
    assert leases.take_over(file, first, seen)
    assert not leases.take_over(file, leases.own(), seen)
    assert leases.is_same(leases.look(file)[0], first)
    assert list(tmp_path.iterdir()) == [file]


def take_one(file, barrier, taken):
    """Takes the lease when all others do, and says whether it has it."""
    barrier.wait(60)
    lease = leases.take(pathlib.Path(file))
    taken.put(lease is not None)
    barrier.wait(60)  # all have tried
    if lease is not None:
        lease.close()


def test_of_many_that_take_over_one_does(tmp_path):
    context, count, rounds = multiprocessing.get_context("spawn"), 4, 5
    for i in range(rounds):
        file = tmp_path / f"{i}.lock"
        left_behind(file, FOREIGN, age=3600.0)
        if i % 2:  # one who would have taken it over was killed
            killed = {**FOREIGN, "token": "killed"}
            left_behind(file.with_name(f"{i}.lock.theirs"), killed, age=3600.0)
    barriers = [context.Barrier(count) for _ in range(rounds)]
    taken = [context.SimpleQueue() for _ in range(rounds)]
    processes = [
        context.Process(target=take_all, args=(str(tmp_path), barriers, taken))
        for _ in range(count)
    ]
    for process in processes:
        process.start()
    for queue in taken:
        assert sum(queue.get() for _ in range(count)) == 1
    for process in processes:
        process.join(60)
    assert list(tmp_path.iterdir()) == []


def take_all(home, barriers, taken):
    """One process of several: takes the lease of each round."""
    for i, (barrier, queue) in enumerate(zip(barriers, taken)):
        take_one(f"{home}/{i}.lock", barrier, queue)


def test_nothing_asks_the_system_for_locks():
    """Which Lustre and some NFS do not have."""
    sources = pathlib.Path(vae_jax.__file__).parent.rglob("*.py")
    asks = [p for p in sources if re.search(r"\b(fcntl|flock|lockf)\b", p.read_text())]
    assert asks == []


@pytest.mark.parametrize("place", ["/proc/none", "/proc/self/status/x"])
def test_where_nothing_can_be_written_it_is_an_error_of_the_file(place):
    with pytest.raises(OSError):
        leases.take(pathlib.Path(place) / ".lock")
