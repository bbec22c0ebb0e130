"""Kinds of versions by what their folders hold, known without loading a model library."""

FULL = "full"  # All weights; every other kind is an adapter.
# Adapters that a server loads beside its model. The others are only ever merged.
SERVED = frozenset({"lora", "rslora"})
