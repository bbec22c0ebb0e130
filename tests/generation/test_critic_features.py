"""What a critic can see in a text."""

import numpy as np
import pytest

from generation.critic_features import BUCKETS, COUNTED, SIZE, Features, Scale, counted, features

STANZAS = """The moss is on the stone,
the kettle starts to sing,
the dog has found a bone,
the bell forgets to ring."""
PLAIN = """The moss is on the roof,
the kettle starts to hum,
the dog has found a stick,
the bell forgets its tune."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STANZAS, PLAIN),  # Rhyme.
        (f"{PLAIN}\n\n{STANZAS}", f"{PLAIN}\n{STANZAS}"),  # Stanzas.
        (PLAIN, f"{PLAIN}\nAnd one more."),  # Lines in fours.
        (PLAIN, PLAIN.replace(",", ".")),
        (PLAIN, PLAIN.replace("the kettle", '"the kettle"')),
        ("one two three\nfour five six", "one\ntwo three four five six"),  # Lines of a length.
        ("", "moss"),
    ],
)
def test_texts_that_differ_in_their_manner_are_counted_differently(one: str, other: str) -> None:
    assert not np.array_equal(counted("", one), counted("", other))


def test_a_line_rhymes_with_one_nearby_in_whatever_scheme() -> None:
    lines = STANZAS.splitlines()
    paired = "\n".join(lines[n] for n in (0, 2, 1, 3))
    far = "\n".join([lines[0], "over there.", "one more,", "the wall.", lines[2]])
    rhymed = [counted("", text)[-1] for text in (STANZAS, paired, PLAIN, far, "")]
    assert rhymed == [1, 1, 0, 0, 0]


def seen(text: str) -> Features:
    return features("poem", text, counted("", text), Scale())


def test_what_lies_far_from_all_others_is_no_longer_looked_at_closely() -> None:
    one, other = (seen(mark * 10_000) for mark in ("!", "!!"))
    assert np.array_equal(one[:COUNTED], other[:COUNTED])


def test_words_are_looked_at_once_each_and_in_whatever_order() -> None:
    one, other = (seen(text) for text in ("moss on stone", "stone on on moss moss"))
    assert one.shape == (SIZE,)
    assert np.array_equal(one[-BUCKETS:], other[-BUCKETS:])
