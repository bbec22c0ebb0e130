"""Go back to the champion before, if its files are still there: a writer could load nothing else."""

from feedback.records import VersionRecord
from worker.parts import Parts


def roll_back(parts: Parts, reason: str) -> str:
    """The champion from now on. Raises UnknownRow, NotPromotable."""
    models = parts.settings.models

    def is_there(version: VersionRecord) -> bool:
        return version.kind == "base" or (models / version.name).is_dir()

    return parts.store.versions.rollback(reason, is_there)
