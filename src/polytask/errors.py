"""The one exception that is shown to people as a single line, without a traceback."""


class UserError(ValueError):
    """A mistake that the user can mend: the message names the file, key or task and what to do."""
