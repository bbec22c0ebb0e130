"""What the database keeps of a version's manifest."""

from feedback.records import NewVersion
from generation.manifest import Manifest


def version_row(manifest: Manifest) -> NewVersion:
    """The row of a version folder, before anybody has decided about it."""
    return NewVersion(
        name=manifest.name,
        artifact_sha256=manifest.artifact_sha256,
        kind=manifest.kind,
        parent=manifest.parent,
        base_id=manifest.base_id,
        base_sha256=manifest.base_sha256,
        tokenizer_sha256=manifest.tokenizer_sha256,
        template_sha256=manifest.template_sha256,
        status="candidate",
        metrics=manifest.metrics,
    )
