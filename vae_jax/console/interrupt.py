"""Ctrl-C and SIGTERM: say what is being finished, finish it, then stop. No JAX."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

from vae_jax.console.pace import duration
from vae_jax.console.screen import say
from vae_jax.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)
NAMES = {signal.SIGINT: "Ctrl-C"}


def unknown() -> None:
    """How long something takes, where nobody knows."""


def interactive() -> bool:
    """Whether the process is a notebook's, or a prompt's, rather than a command's."""
    return hasattr(sys, "ps1")


class Interrupt:
    """A context that remembers the first signal; a second one ends the process at once.

    Python's own handlers wait for whatever the main thread is computing, minutes if need
    be. So the system's part of a handler writes each signal into a pipe, and a thread that
    reads it answers, the second one too as long as Python's handler has not run.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        # Beside the main thread, in a server say, Python lets nobody catch signals.
        self.catches = threading.current_thread() is threading.main_thread()
        self.finishing("what is being done")

    def __enter__(self) -> "Interrupt":
        if not self.catches:
            return self
        self.before = {number: signal.signal(number, self.remember) for number in SIGNALS}
        reader, self.pipe = os.pipe()
        os.set_blocking(self.pipe, False)
        self.pipe_before = signal.set_wakeup_fd(self.pipe, warn_on_full_buffer=False)
        self.listener = threading.Thread(target=self.listen, args=(reader,), daemon=True)
        self.listener.start()
        return self

    def __exit__(self, *error) -> None:
        if not self.catches:
            return
        signal.set_wakeup_fd(self.pipe_before)
        for number, handler in self.before.items():
            signal.signal(number, handler)
        os.close(self.pipe)
        self.listener.join()

    def finishing(self, what: str, seconds: Callable[[], float | None] = unknown) -> None:
        """Says what a signal will let end from now on, and how long that still takes."""
        self.what, self.seconds = what, seconds

    def remember(self, number: int, frame) -> None:
        """The signal handler: notes the signal and leaves the next one to the system.

        In a notebook, which is to outlive the command, Python raises `KeyboardInterrupt`.
        """
        self.note(number)
        for n in SIGNALS:
            signal.signal(
                n, signal.default_int_handler if interactive() else signal.SIG_DFL
            )

    def note(self, number: int) -> None:
        """Remembers the first signal."""
        self.number = self.number or number

    def listen(self, reader: int) -> None:
        """Answers each signal at once, until the pipe is closed."""
        answered = False
        with open(reader, "rb", buffering=0) as stream:
            while numbers := stream.read(1):
                if numbers[0] not in SIGNALS:
                    continue
                if answered and interactive():
                    continue
                if answered:
                    os._exit(128 + numbers[0])
                answered = True
                self.note(numbers[0])
                with contextlib.suppress(OSError, ValueError):  # nobody listens
                    say(self.answer(numbers[0]))

    def answer(self, number: int) -> str:
        """What is being finished, about how long it takes, and what a second one does."""
        name = NAMES.get(signal.Signals(number), signal.Signals(number).name)
        seconds = self.seconds()
        takes = "" if seconds is None else f", about {duration(max(seconds, 1.0))}"
        return f"{name}: finishing {self.what}{takes}; a second one stops at once"

    def check(self, message: str) -> None:
        """Raises `Interrupted` with the message if a signal has come."""
        if self.number is not None:
            raise Interrupted(self.number, message)
