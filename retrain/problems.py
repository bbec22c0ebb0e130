"""What keeps a training from beginning, said to an operator in one line."""


class BadCorpus(Exception):
    """Raised when nothing can be learned from a path; the message says why."""


class NoWandb(Exception):
    """Raised when Weights & Biases is configured and not installed."""
