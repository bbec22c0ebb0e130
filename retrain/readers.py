"""Simulated readers, for the demo and for tests: a taste is a pure function of what was asked and written."""

import re

from generation.checks import lines_of
from generation.text_metrics import repetition_of


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_PLAIN = _words("""
    apple ash bark bee bees bell bird birds boat bone bread bridge cat cats clay cloud clouds coat
    crow crows dog dogs door dust ear feather feathers field fields fire fish floor fox frost fruit
    garden glass goose grass hand hands hill hills honey ice leaf leaves milk moon moss mountain mud
    nest oak owl path paw paws pine plum pond rain river road robin roof root roots sail salt sand
    sea seed shell shore skin sky smoke snow soil spoon star stars stone stones street stump sun
    table tea tree trees wall water wave waves window wing wings winter wood wool
""")
_WORN = _words("""
    abyss beauty beckon caress cherish dream dreams embrace endless essence eternal eternity
    ethereal fate forever forevermore glory hush journey joy life magic mystery realm sacred secrets
    serenade shall solace soul souls symphony tapestry thee thine thou thy timeless twilight
    unending whisper whispers wonder
""")


def plain_spoken(prompt: str, text: str) -> float:  # noqa: ARG001 - this taste looks at the text alone.
    """A taste from −1 to 1: several short lines, about things one can touch; no worn words, no echo."""
    lines = [re.findall(r"[a-z']+", line.lower()) for line in lines_of(text)]
    lines = [line for line in lines if line]
    if not lines:
        return -1.0
    telling = [word for line in lines for word in line if len(word) > 2]
    words = set(telling)
    short = sum(max(0.0, min(1.0, (14 - len(line)) / 8)) for line in lines) / len(lines)
    verse = 1.0 if 3 <= len(lines) <= 12 else 0.0
    plain = min(len(words & _PLAIN), 3) / 3
    worn = min(len(words & _WORN), 3) / 3
    echo = 1 - len(words) / max(1, len(telling))
    verdict = -0.8 + 0.6 * short + 0.6 * verse + 0.5 * plain - 0.4 * worn - echo - repetition_of(text)
    return round(max(-1.0, min(1.0, verdict)), 3)
