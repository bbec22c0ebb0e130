"""What a doctor finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    good: bool
    said: str  # What was found, and what to do about it.
