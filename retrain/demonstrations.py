"""What readers wrote in a completion's place: better than that one, and the surest of what is liked."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from feedback.conversation import FOLLOW_UPS
from feedback.lessons import Rewritten
from retrain.judging import Verdict, voice
from retrain.pairs import Contest
from retrain.selection import Selection
from retrain.subjects import subject


def taken(rewritten: Iterable[Rewritten], left_out: Counter[str]) -> dict[int, Rewritten]:
    """Those that may be learned from, by their ids."""
    found = {}
    for own in rewritten:
        if own.kind in FOLLOW_UPS:
            left_out["follow-up"] += 1
        elif not own.text.strip() or own.text == own.replaced:
            left_out["own version is empty or the same"] += 1
        else:
            found[own.demonstration_id] = own
    return found


def sha256_of_text(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def as_verdict(own: Rewritten, selection: Selection) -> Verdict:
    return Verdict(
        completion_id=own.completion_id,
        prompt_id=own.prompt_id,
        subject=subject(own.form, own.theme, own.language),
        rank=int(sha256_of_text(own.text)[:15], 16),
        liked=True,
        certainty=selection.demonstration_weight,
        heldout=own.split_bucket < selection.heldout_buckets,
        model_version="",
        voices=(voice(own.reader_id, own.role, 1.0),),
        demonstration_id=own.demonstration_id,
    )


def as_contest(own: Rewritten, selection: Selection) -> Contest:
    verdict = as_verdict(own, selection)
    return Contest(
        chosen_id=own.completion_id,
        rejected_id=own.completion_id,
        subject=verdict.subject,
        heldout=verdict.heldout,
        weight=1.0,
        voices=verdict.voices,
        kind="demonstration",
        demonstration_id=own.demonstration_id,
    )
