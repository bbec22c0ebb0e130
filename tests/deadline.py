"""How long a test waits for what has to happen."""

DEADLINE = 60.0  # Seconds. Only a test that fails waits so long: the machine may be busy with others.
