"""What the fast path costs in perplexity: bfloat16, packed weights, texts packed into one pass.

Beside transformers' own float32 forward pass on the same human verse (Blake, Dickinson, Rossetti, Stevenson:
public domain), token by token as a text is written.
"""

from math import exp

import torch

from generation.base_models import Base
from generation.forms import FORMS
from generation.forward_pass import Piece
from generation.perplexity import perplexity
from generation.prompts import ChatMessage, messages_for, render_example
from generation.versions import LoadedVersion, load_model, load_tokenizer

_VERSE = {
    "a tiger": "Tyger Tyger, burning bright,\nIn the forests of the night;\nWhat immortal hand or eye,\n"
    "Could frame thy fearful symmetry?",
    "hope": '"Hope" is the thing with feathers -\nThat perches in the soul -\n'
    "And sings the tune without the words -\nAnd never stops - at all -",
    "the wind": "Who has seen the wind?\nNeither I nor you:\nBut when the leaves hang trembling,\n"
    "The wind is passing through.",
    "my shadow": "I have a little shadow that goes in and out with me,\n"
    "And what can be the use of him is more than I can see.",
    "a rose": "O Rose thou art sick.\nThe invisible worm,\nThat flies in the night\nIn the howling storm:",
    "death": "Because I could not stop for Death -\nHe kindly stopped for me -\n"
    "The Carriage held but just Ourselves -\nAnd Immortality.",
}


def _pairs() -> list[tuple[list[ChatMessage], str]]:
    return [(messages_for(FORMS["quatrain"], theme), text) for theme, text in _VERSE.items()]


@torch.inference_mode()
def as_written(version: LoadedVersion) -> float:
    """Perplexity of the verse, read by the engine's own pass as if it were writing it."""
    forward = version.runnable.new_pass()
    examples = [render_example(version.tokenizer, *pair) for pair in _pairs()]
    states = [forward.new_state(len(p), len(p) + len(text)) for p, text in examples]
    outcomes = forward.run([Piece(p, state) for (p, _), state in zip(examples, states, strict=True)])
    loss, tokens = 0.0, 0
    for step in range(max(len(text) for _, text in examples)):
        under_way = [i for i, (_, text) in enumerate(examples) if len(text) > step]
        for i in under_way:
            logits = outcomes[i]
            if not isinstance(logits, torch.Tensor):
                raise TypeError(f"no logits: {logits!r}")
            loss -= float(logits.float().log_softmax(-1)[examples[i][1][step]])
            tokens += 1
        advanced = forward.run([Piece([examples[i][1][step]], states[i]) for i in under_way])
        outcomes = [None] * len(examples)
        for i, outcome in zip(under_way, advanced, strict=True):
            outcomes[i] = outcome
    return exp(loss / tokens)


def perplexity_delta(base: Base, version: LoadedVersion) -> dict[str, float]:
    """Relative: 0.01 is one per cent worse."""
    exact = perplexity(load_model(base, "cpu", torch.float32), load_tokenizer(base), _pairs())
    ours = as_written(version)
    return {"perplexity_delta": ours / exact - 1, "perplexity_float32": exact}
