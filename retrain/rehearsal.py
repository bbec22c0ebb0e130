"""Rehearsal: pieces written for what readers have asked for, of which the best ones are learned from.

Rejection sampling before fine-tuning (Dong et al. 2023, RAFT, arXiv:2304.06767). The texts that readers liked
are few, and happened to be written; what all ratings together say of texts, in a critic, finds better ones.
Of drafts that are about as good, the one that says what no other piece says is taken (maximal marginal
relevance, Carbonell & Goldstein 1998): a phrase that is learned from many pieces comes back in ever more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from generation.forms import Catalogue
from generation.selection import Judge, best
from generation.versions import LoadedVersion
from retrain.config import Rehearsal
from retrain.dataset import Asked, Example
from retrain.diversity import Said
from retrain.drafts import Drafts
from retrain.pieces import written
from retrain.requests import prompts_of


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A draft that is learned from as one more liked piece."""

    example: Example
    seed: int
    merit: float  # What the judge made of it.
    asked_by: int  # A completion of the request that it was written for.

    def as_row(self) -> dict[str, int | float | str]:
        """As the version's manifest keeps it. It holds no word of a reader, for it cannot be erased there."""
        return {
            "completion": self.asked_by,
            "seed": self.seed,
            "merit": round(self.merit, 6),
            "text_sha256": self.example.text_sha256,
        }


def rehearsed(
    version: LoadedVersion,
    examples: Sequence[Example],
    judge: Judge,
    rehearsal: Rehearsal,
    forms: Catalogue,
    alive: Callable[[], None] = lambda: None,
    threads: int = 0,
    drafts: Drafts | None = None,
    ready: Callable[[], None] = lambda: None,
) -> list[Rehearsed]:
    """Each prompt's best draft, as a liked piece to train on; the same for the same version and judge.

    `drafts` holds what is written already, and takes the rest.
    """
    if not rehearsal.chooses:
        return []
    prompts = prompts_of(examples, rehearsal.prompts)
    known = drafts.texts.copy() if drafts is not None else []
    texts = known + written(
        version,
        [asked for asked in prompts for _ in range(rehearsal.drafts)][len(known) :],
        rehearsal.seed + len(known),
        forms,
        alive,
        batch=rehearsal.batch,
        patience=rehearsal.patience,
        threads=threads,
        ready=ready,
        keep=drafts.add if drafts is not None else lambda _: None,
    )
    if drafts is not None:
        drafts.keep()
    return _best_of(texts, prompts, examples, judge, rehearsal, forms, version.name)


def _best_of(
    texts: Sequence[str],
    prompts: Sequence[Asked],
    examples: Sequence[Example],
    judge: Judge,
    rehearsal: Rehearsal,
    forms: Catalogue,
    version: str,
) -> list[Rehearsed]:
    liked = [example for example in examples if example.liked]
    weight = sum(example.weight for example in liked) / max(1, len(liked))
    said = Said(example.text for example in liked)
    found = []
    for number, (form, theme, language) in enumerate(prompts):
        first = number * rehearsal.drafts
        drafts = texts[first : first + rehearsal.drafts]
        judged = [judge.judge(forms[form], theme, language, draft) for draft in drafts]
        kept = best(judged, [rehearsal.newness * said.newness(draft) for draft in drafts])
        if kept is not None and judged[kept].shared is None:
            asked = (form, theme, language)
            by = min(example.completion_id for example in examples if example.asked == asked)
            piece = _liked(asked, drafts[kept], weight, version)
            found.append(Rehearsed(piece, rehearsal.seed + first + kept, judged[kept].merit, by))
            said.add(drafts[kept])
    return found


def _liked(asked: Asked, text: str, weight: float, version: str) -> Example:
    form, theme, language = asked
    return Example(
        completion_id=0,
        form=form,
        theme=theme,
        language=language,
        text=text,
        text_sha256=sha256(text.encode(errors="replace")).hexdigest(),
        liked=True,
        weight=weight,
        split="train",
        owners=(),
        kind="rehearsed",
        model_version=version,
    )
