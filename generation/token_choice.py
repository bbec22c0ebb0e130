"""Choose the next token of every row of a batch at once, each row by its own settings and seed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from generation.sampling import Sampling

# Candidates looked at per step: beyond these the tail is noise, and sorting all 49,152 costs milliseconds.
_CANDIDATES = 64


@dataclass(slots=True)
class Draw:
    """One row's settings, its own random numbers, and what it has written so far."""

    sampling: Sampling
    seed: int
    written: list[int] = field(default_factory=list)
    _generator: torch.Generator = field(init=False)
    _followers: dict[tuple[int, ...], list[int]] = field(init=False)
    _drawn: float | None = field(default=None, init=False)  # For the token that comes next.

    def __post_init__(self) -> None:
        self._generator = torch.Generator().manual_seed(self.seed)
        self._followers = defaultdict(list)

    def uniform(self) -> float:
        """The next token's random number, the same one until the token is recorded: choosing it may fail."""
        if self._drawn is None:
            self._drawn = float(torch.rand((), generator=self._generator))
        return self._drawn

    def banned(self) -> list[int]:
        """Tokens that would end an n-gram written before."""
        n = self.sampling.no_repeat_ngram
        if n == 0 or len(self.written) < n - 1:
            return []
        return self._followers[tuple(self.written[len(self.written) - (n - 1) :])]

    def record(self, token: int) -> None:
        n = self.sampling.no_repeat_ngram
        if n and len(self.written) >= n - 1:
            self._followers[tuple(self.written[len(self.written) - (n - 1) :])].append(token)
        self.written.append(token)
        self._drawn = None


def choose(
    logits: torch.Tensor, draws: Sequence[Draw], unpenalised: frozenset[int] = frozenset()
) -> list[int | None]:
    """Next token of each row of `logits` [rows, vocabulary]; None where a row's logits are not finite.

    `unpenalised` tokens may come again and again: verse is made of line ends.
    """
    logits = logits.float()
    _discourage(logits, draws, unpenalised)
    top, tokens = logits.topk(min(_CANDIDATES, logits.shape[-1]), dim=-1)
    # A row with NaN anywhere has NaN on top.
    finite = torch.isfinite(top[:, 0]).tolist()
    temperature = torch.tensor([[draw.sampling.temperature or 1.0] for draw in draws], device=logits.device)
    probabilities = torch.softmax(top / temperature, dim=-1)
    cumulated = probabilities.cumsum(-1)
    top_p = torch.tensor([[draw.sampling.top_p] for draw in draws], device=logits.device)
    kept = probabilities.masked_fill(cumulated - probabilities >= top_p, 0).cumsum(-1)
    share = torch.tensor(
        [[draw.uniform() if draw.sampling.temperature else 0.0] for draw in draws], device=logits.device
    )
    index = torch.searchsorted(kept, share * kept[:, -1:], right=True).clamp(max=top.shape[-1] - 1)
    chosen = tokens.gather(-1, index).squeeze(-1).tolist()
    return [int(token) if ok else None for token, ok in zip(chosen, finite, strict=True)]


def _discourage(logits: torch.Tensor, draws: Sequence[Draw], unpenalised: frozenset[int]) -> None:
    """Lower, in place, the logits of what each row has written before: all rows at once."""
    seen, banned = list[tuple[int, int, float]](), list[tuple[int, int]]()
    for row, draw in enumerate(draws):
        penalty = draw.sampling.repetition_penalty
        if penalty != 1:
            seen += [(row, token, penalty) for token in set(draw.written) - unpenalised]
        banned += [(row, token) for token in draw.banned()]
    if seen:
        rows, tokens, penalties = zip(*seen, strict=True)
        places = torch.tensor([rows, tokens], device=logits.device).unbind()
        values, by = logits[places], torch.tensor(penalties, device=logits.device)
        logits[places] = torch.where(values > 0, values / by, values * by)
    if banned:
        logits[torch.tensor(banned, device=logits.device).T.unbind()] = float("-inf")
