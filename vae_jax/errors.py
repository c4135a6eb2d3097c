"""The one exception a user's mistake may become."""


class UserError(Exception):
    """A user's mistake: one line says what is wrong, where, and what would be right."""
