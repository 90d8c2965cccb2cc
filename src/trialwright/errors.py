"""Errors that a user can mend: one sentence that names the file, the place and the remedy."""


class TrialwrightError(Exception):
    """A request or an input that cannot be served; its message is shown to the user as it is."""
