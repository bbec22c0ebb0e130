"""What keeps a process from starting."""

# os.EX_CONFIG of sysexits.h: starting again would end the same way.
NEEDS_OPERATOR = 78


class NotYet(Exception):
    """Raised when a process cannot start now, but may later; the message says what it waits for."""


class CannotStart(Exception):
    """Raised when a process cannot start until an operator mends something; the message says what."""


class RunBroken(Exception):
    """Raised when the process of a training run ended without an outcome."""
