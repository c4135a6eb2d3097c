"""The exceptions that end a command with one line instead of a traceback."""


class UserError(Exception):
    """A user's mistake: what is wrong, where, and what would be right."""


class Interrupted(Exception):
    """SIGINT or SIGTERM was obeyed: what is safe, and how to go on."""

    def __init__(self, signal_number: int, message: str) -> None:
        super().__init__(message)
        self.signal_number = signal_number
