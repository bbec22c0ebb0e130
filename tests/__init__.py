"""The tests. Each is one sentence about what must be true."""
