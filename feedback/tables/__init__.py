"""The tables, and the rules that the database itself keeps."""

from feedback.tables.columns import UtcDateTime, now
from feedback.tables.conversation import ChatMove, Completion, Message, Prompt, Reader
from feedback.tables.learning import (
    DatasetItem,
    DatasetSnapshot,
    Deployment,
    Evaluation,
    ModelVersion,
    TrainingRun,
)
from feedback.tables.notice import Notice
from feedback.tables.pause import Pause
from feedback.tables.ratings import Demonstration, EarlyVote, Preference, Rating, RatingEvent
from feedback.tables.tally import Tally

__all__ = [
    "ChatMove",
    "Completion",
    "DatasetItem",
    "DatasetSnapshot",
    "Demonstration",
    "Deployment",
    "EarlyVote",
    "Evaluation",
    "Message",
    "ModelVersion",
    "Notice",
    "Pause",
    "Preference",
    "Prompt",
    "Rating",
    "RatingEvent",
    "Reader",
    "Tally",
    "TrainingRun",
    "UtcDateTime",
    "now",
]
