"""The one exception a user's mistake may become."""


class UserError(Exception):
    """A mistake of the user's: one line says what is wrong, where, and what would be right."""
