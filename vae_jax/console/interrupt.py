"""Ctrl-C and SIGTERM: finish what is in flight, then stop. No JAX."""

import signal

from vae_jax.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """A context that remembers the first signal; a second one ends the process at once."""

    def __init__(self) -> None:
        self.number: int | None = None

    def __enter__(self) -> "Interrupt":
        self.before = {number: signal.signal(number, self.remember) for number in SIGNALS}
        return self

    def __exit__(self, *error) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def remember(self, number: int, frame) -> None:
        """The signal handler: notes the signal and leaves the next one to the system."""
        self.number = number
        for signal_number in SIGNALS:
            signal.signal(signal_number, signal.SIG_DFL)

    def check(self, message: str) -> None:
        """Raises `Interrupted` with the message if a signal has come."""
        if self.number is not None:
            raise Interrupted(self.number, message)
