"""Settings of learning: when and how is trained, what a candidate has to prove, on whom it is tried."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from retrain.place import Window
from worker.cron import is_cron


def _cron(value: str) -> str:
    if not is_cron(value):
        raise ValueError("allowed is a cron expression of five fields, such as '30 3 * * *'")
    return value


def _window(value: str | None) -> str | None:
    if value is not None:
        Window.read(value)
    return value


Cron = Annotated[str, AfterValidator(_cron)]
Hours = Annotated[str | None, AfterValidator(_window)]


class LearningSettings(BaseModel):
    """Part of `Settings`, which reads them."""

    retrain_cron: Cron = Field(default="30 3 * * *", description="Minute hour day month weekday, UTC.")
    min_liked: int = Field(default=30, ge=2, description="Liked pieces needed before a run trains.")
    min_new_ratings: int = Field(
        default=20, ge=0, description="Ratings, choices and own versions since the last run."
    )
    min_readers: int = Field(
        default=1, ge=1, description="Readers whose opinions a run learns from; teams should set more."
    )
    train_epochs: int = Field(default=2, ge=1, le=100, description="Passes over the rated pieces, at most.")
    train_pieces: int = Field(
        default=600, ge=1, le=10_000_000, description="Pieces read, past which no other pass is begun."
    )
    train_method: Literal["lora", "rslora", "dora", "adalora", "ia3", "full"] = Field(
        default="lora", description="What is trained: all weights (full), or an adapter."
    )
    train_layers: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the layers that learn, the upper ones; of lora, rslora and dora.",
    )
    train_objective: Literal["auto", "sft", "kto", "dpo"] = Field(
        default="auto", description="auto: DPO with enough pairs, KTO with enough disliked pieces, else SFT."
    )
    train_learning_rate: float | None = Field(
        default=None, gt=0, le=0.1, description="Of AdamW; what suits the method if unset."
    )
    train_drafts: int = Field(
        default=5, ge=0, le=16, description="Of each request, of which a proven critic's best is learned."
    )
    train_reach: float = Field(
        default=1.5, ge=1, le=4, description="How far to go the way that was learned, at most; 1: as trained."
    )
    train_checkpoint_seconds: float = Field(
        default=60, ge=0, le=86_400, description="Between checkpoints: what a killed run loses at most."
    )
    train_window: Hours = Field(
        default=None, description="Hours in which is trained, UTC, such as 22:00-06:30; any if unset."
    )
    train_processes: int = Field(
        default=1, ge=1, le=64, description="Processes that train on a corpus together, one per GPU."
    )
    train_gpu_mb: int = Field(
        default=0, ge=0, le=10_000_000, description="MiB of GPU memory for training; 0: what is free."
    )
    train_threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads of the trainer; 0: one per core."
    )
    wandb_project: str | None = Field(
        default=None, description="Project of Weights & Biases that trainings on corpora are logged to."
    )
    reader: str | None = Field(
        default=None,
        description="Built in, 'path.py:function' or 'module:function': scores texts in the evaluation.",
    )

    # Proof before promotion: the examination, what a candidate may lose against the champion, and must gain
    exam_pieces: int = Field(
        default=128, ge=1, le=10_000, description="Pieces that each version writes in an examination."
    )
    gate_perplexity: float = Field(
        default=1.1, ge=1, description="Of held-out liked pieces, times the champion's, at most."
    )
    gate_human: float = Field(
        default=1.03, ge=1, description="Bits per byte of human text, times the champion's, at most."
    )
    gate_preference: float = Field(
        default=0.10, ge=0, le=1, description="Share of rated pairs told apart: lost at most."
    )
    gate_distinct_2: float = Field(
        default=0.90, ge=0, le=1, description="Distinct word pairs, times the champion's, at least."
    )
    gate_self_bleu: float = Field(default=0.10, ge=0, le=1, description="Self-BLEU: more at most.")
    gate_repetition: float = Field(default=0.05, ge=0, le=1, description="Repetition: more at most.")
    gate_form: float = Field(default=0.10, ge=0, le=1, description="Share of pieces in form: lost at most.")
    gate_words: float = Field(
        default=0.40, ge=0, le=1, description="Words of a piece, times the champion's, at least."
    )
    gate_base_human: float = Field(
        default=1.05, ge=1, description="Bits per byte of human text, times the base's, at most."
    )
    gate_base_distinct_2: float = Field(
        default=0.90, ge=0, le=1, description="Distinct word pairs, times the base's, at least."
    )
    gate_safe: float = Field(
        default=0.03, ge=0, le=1, description="Share of pieces that may be shown: lost at most."
    )
    gate_original: float = Field(
        default=0.05, ge=0, le=1, description="Share of pieces that quote nothing: lost at most."
    )
    gate_score: float = Field(
        default=0.05, ge=0, le=2, description="Mean score by RHAPSODE_READER: gained at least."
    )
    gate_sure: float = Field(
        default=0.975,
        ge=0,
        lt=1,
        description="How sure it must be that the candidate is better; 0: the mere figure decides.",
    )
    gate_pieces: int = Field(default=12, ge=1, description="Written pieces that a verdict must rest on.")
    canary_share: float = Field(
        default=0.0,
        ge=0,
        le=0.9,
        description="Share of the readers that a proven candidate is tried on first; 0: promoted at once.",
    )
    canary_ratings: int = Field(
        default=3, ge=1, le=100, description="Ratings of a reader's pieces until the reader counts, once."
    )
    canary_error: float = Field(
        default=0.05,
        gt=0,
        le=0.5,
        description="Probability at most that no better canary is promoted, or no worse one quarantined.",
    )
    canary_days: float = Field(default=7, gt=0, le=365, description="Days that a canary is tried at most.")
    canary_at_end: Literal["champion", "canary"] = Field(
        default="champion", description="Who stays when they are over without a verdict."
    )
