"""Which ratings count, and how much: the rules by which a dataset is chosen, hashed with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    # A text is liked or disliked if readers are clearly on one side, and enough of them.
    threshold: float = 0.25  # Mean opinion this far from 0, of -1 … 1; nearer to 0 is neither.
    certainty: float = 0.25  # Wilson's lower bound of the share of readers who agree, at least.
    z: float = 1.0  # Standard errors down to that bound: one reader's like weighs 0.50, three readers' 0.75.
    reviewer_weight: float = 3.0  # A reviewer's opinion, in those of readers. An operator is a reviewer.
    # Nobody and nothing outweighs the rest, among the liked and the disliked of each side of the split.
    reader_share: float = 0.1  # Of the weight by one reader; few readers may have twice an even share.
    reviewer_share: float = 0.25  # By one reviewer.
    version_share: float = 0.5  # By texts of one model version.
    prompt_weight: float = 2.0  # Of one request's texts together: four that one reader each likes.
    # What is nearly the same is learned once, and never on both sides of the split.
    heldout_buckets: int = 150  # Of 1000: prompts that are only ever judged on.
    near_text: float = 0.85  # Share of three-character runs that two texts have in common.
    near_request: float = 0.7
    # How much, and what else.
    most_texts: int = 10_000  # Liked ones to train on, and as many disliked ones; a tenth of it held out.
    most_pairs: int = 10_000
    demonstration_weight: float = 2.0  # Of a reader's own version; the surest rated text weighs less than 1.
    replay_share: float = 0.3  # Of what is trained on: written by people, from corpora and by readers.

    def weight_of(self, role: str) -> float:
        return 1.0 if role == "reader" else self.reviewer_weight

    def share_of(self, role: str) -> float:
        return self.reader_share if role == "reader" else self.reviewer_share
