"""What the user sees while something runs: the progress line, estimates, signals."""

import contextlib
import fcntl
import os
import re
import signal
import struct
import sys
import termios
import time

import pytest
from commands import SMALL, start

from vae_jax.console import progress, screen
from vae_jax.console.interrupt import Interrupt
from vae_jax.console.pace import Pace, duration
from vae_jax.console.progress import Counter, Progress
from vae_jax.runs import directory
from vae_jax.storage import logs


class Window:
    """A terminal that folds its lines anew when it gets narrower, as most do."""

    def __init__(self, columns):
        self.control, device = os.openpty()
        self.stream = open(device, "w")  # noqa: SIM115
        self.lines, self.row, self.column, self.widest = [""], 0, 0, 0
        self.resize(columns)

    def resize(self, columns):
        self.look()
        self.columns = columns
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.control, termios.TIOCSWINSZ, size)
        folded = [self.fold(line) for line in self.lines]
        self.row = sum(len(parts) for parts in folded[: self.row])
        self.lines = [part for parts in folded for part in parts]

    def fold(self, line):
        width = self.columns
        return [line[i : i + width] for i in range(0, len(line), width)] or [""]

    def look(self):
        """The lines on the screen, of all that has been written."""
        os.set_blocking(self.control, False)
        text = ""
        with contextlib.suppress(BlockingIOError):
            while True:
                text += os.read(self.control, 65536).decode()
        for part in re.findall(r"\x1b\[J|[\r\n]|[^\x1b\r\n]+", text):
            self.take(part)
        return [line for line in self.lines if line]

    def take(self, part):
        line = self.lines[self.row]
        if part == "\x1b[J":
            self.lines[self.row :] = [line[: self.column]]
        elif part == "\r":
            self.column = 0
        elif part == "\n":
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        else:
            assert self.column + len(part) < self.columns, "a line that folds"
            self.lines[self.row] = (
                line[: self.column] + part + line[self.column + len(part) :]
            )
            self.column += len(part)


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets: `clock(5)` lets five seconds pass."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")

    windows = []

    def opened(columns):
        found = Window(columns)
        monkeypatch.setattr(sys, "stderr", found.stream)
        monkeypatch.setattr(progress, "SCREEN", made := screen.Screen())
        monkeypatch.setattr(screen, "SCREEN", made)
        windows.append(found)
        return found

    yield opened
    for found in windows:
        found.stream.close()
        os.close(found.control)


def trained(shown, clock, calls=1):
    """A tenth of the work at a time, four seconds each."""
    for _ in range(calls):
        clock(4)
        shown.advance(100_000)
        shown.show(50, 1000, 20.123, diverged=1, collapsed=3)


SEEN = {
    120: " 20% [##--------] 32 s left, 0/96 members done, 1 diverged, 3 collapsed, "
    "epoch 50/1000, loss 20.12, 25,000 examples/s",
    95: " 20% [##--------] 32 s left, 0/96 members done, 1 diverged, 3 collapsed, "
    "epoch 50/1000",
    80: " 20% [##--------] 32 s left, 0/96 members done, 1 diverged, 3 collapsed",
    60: " 20% [##--------] 32 s left, 0/96 members done, 1 diverged",
    40: " 20% [##--------] 32 s left",
    20: " 20% 32 s left",
    10: " 20% 32 s",
}


@pytest.mark.parametrize("columns", SEEN)
def test_the_progress_line_fits_every_width(window, clock, columns):
    """Percentage and time left stay longest; what matters least goes first."""
    seen = window(columns)
    with Progress(members=96, examples=1_000_000) as shown:
        trained(shown, clock, calls=2)
        assert seen.look() == [SEEN[columns]]


def test_a_window_that_changes_is_not_smeared(window, clock):
    """Lines said stay whole above it, and nothing of the line's older states is left."""
    seen = window(120)
    with Progress(members=96, examples=1_000_000) as shown:
        trained(shown, clock, calls=2)
        for columns in (60, 40, 120, 20):
            seen.resize(columns)
            screen.say(f"at {columns}")
            trained(shown, clock, calls=1)
        expected = ["at 60", "at 40", "at 120", "at 20", " 60% 16 s left"]
        assert seen.look() == expected
    assert seen.look() == expected


def test_the_time_left_is_said_once_it_is_known(clock, capsys):
    """Of 100 tasks, 4 at a time, of a second each after 50 of compilation for the first."""
    counter = Counter(100, "done", at_a_time=4)
    for first in (50.0, 0.1, 0.1, 0.1):
        clock(first)
        counter.advance()
    for _ in range(96):
        clock(0.25)
        counter.advance()
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert said[0] == "1/100 done"
    left = [re.search(r"(\d+)/100 done, 0.25 s each, (\d+) s left", s) for s in said[1:]]
    assert len(left) >= 3 and all(
        int(found[2]) == pytest.approx((100 - int(found[1])) * 0.25, abs=0.6)
        for found in left
    )


def test_a_pace_leaves_out_what_compiles(clock):
    found = Pace()
    clock(60)
    found.advance(10)
    assert found.seconds(10) is None
    clock(2)
    found.advance(10)
    assert found.seconds(30) == pytest.approx(6.0)
    clock(1)
    assert found.seconds_left(30) == pytest.approx(5.0)
    found.restart()
    assert found.seconds_left(30) is None


def test_durations_are_words():
    assert [duration(s) for s in (0, 89, 90, 600, 9000)] == [
        *("0 s", "89 s", "2 min", "10 min", "2.5 h")
    ]


def test_what_a_signal_ends_is_said_with_its_time():
    interrupt = Interrupt()
    interrupt.finishing("epochs 1 to 2 of 9", lambda: 12.3)
    said = "Ctrl-C: finishing epochs 1 to 2 of 9, about 12 s; a second one stops at once"
    assert interrupt.answer(signal.SIGINT) == said
    interrupt.finishing("the baselines")
    said = "SIGTERM: finishing the baselines; a second one stops at once"
    assert interrupt.answer(signal.SIGTERM) == said


def pressed(process, number=signal.SIGINT):
    """Sends a signal; the line that answers it, and after how many seconds it came."""
    sent = time.monotonic()
    process.send_signal(number)
    line = next(line for line in process.stderr if "%  " not in line)
    return line, time.monotonic() - sent


@contextlib.contextmanager
def training(tmp_path, *settings):
    """A sweep that trains, once it has said so; killed at the end, if need be."""
    process = start("sweep", *SMALL, *settings, f"--workdir={tmp_path / 'run'}")
    try:
        assert "program 0: compiling, then training" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_ctrl_c_says_at_once_what_is_finished(tmp_path):
    """In a chunk of epochs, about how long it takes; then it is saved, and the run ends."""
    epochs = ("--config.epochs=100000", "--config.log_every=400")
    log = tmp_path / "run" / directory.TRAIN_LOG
    with training(tmp_path, *epochs) as process:
        deadline = time.monotonic() + 60
        while not (log.exists() and len(logs.read_lines(log)) >= 12):  # two chunks
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        line, seconds = pressed(process)
        said = re.match(
            r"Ctrl-C: finishing epochs (\d+)01 to (\d+)00 of 100000, which are then saved, "
            r"about \d+ s; a second one stops at once\n",
            line,
        )
        assert said and seconds < 1.0, (line, seconds)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGINT
    assert f"stopped after epoch {said[2]}00 of 100000, which is saved" in rest


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_whatever_is_computed(tmp_path, number):
    """One call of the compiled program would go on for hours."""
    endless = ("--config.epochs=10000000", "--config.log_every=10000000")
    with training(tmp_path, *endless) as process:
        time.sleep(3.0)
        line, seconds = pressed(process, number)
        assert "finishing epochs 1 to 10000000" in line and seconds < 1.0
        process.send_signal(number)
        process.communicate(timeout=5)
    assert process.returncode in (128 + number, -number)
