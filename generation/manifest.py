"""A version folder's manifest: what it holds, what it stands on, where it comes from; all by hash."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.base_models import Base, sha256_of
from generation.durable import make_durable

FILE = "manifest.json"


class RefusedVersion(Exception):
    """Raised when a version folder must not become live."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"version {name} is refused: {why}")
        self.name = name
        self.why = why


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that identifies a version. `artifact_sha256` covers the files and the base."""

    name: str
    kind: str
    base_id: str
    base_sha256: str
    tokenizer_sha256: str
    template_sha256: str
    files: dict[str, str]  # File name → SHA-256.
    artifact_sha256: str
    parent: str | None = None
    lineage: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    format: int = 1


def canonical(value: Any) -> bytes:
    """JSON with one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def artifact_hash(files: dict[str, str], base_sha256: str) -> str:
    return hashlib.sha256(canonical({"files": files, "base": base_sha256})).hexdigest()


def base_name(base: Base) -> str:
    """The version name of a base without an adapter."""
    return f"base-{base.sha256[:8]}"


def base_manifest(base: Base) -> Manifest:
    """The base itself as a version: no files of its own."""
    return Manifest(
        name=base_name(base),
        kind="base",
        base_id=base.id,
        base_sha256=base.sha256,
        tokenizer_sha256=base.tokenizer_sha256,
        template_sha256=base.template_sha256,
        files={},
        artifact_sha256=artifact_hash({}, base.sha256),
    )


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a version folder except its manifest."""
    return {file.name: sha256_of([file]) for file in sorted(folder.iterdir()) if file.name != FILE}


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest last, and make the folder durable."""
    (folder / FILE).write_bytes(json.dumps(asdict(manifest), indent=2, ensure_ascii=False).encode())
    make_durable(folder)


def read_verified(models: Path, name: str, base: Base) -> Manifest:
    """The manifest of a version whose every hash holds. Raises RefusedVersion."""
    folder = models / name
    try:
        manifest = Manifest(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RefusedVersion(name, "it has no manifest") from error
    except (ValueError, TypeError) as error:
        raise RefusedVersion(name, "its manifest cannot be read") from error
    for objection in _objections(folder, manifest, base):
        raise RefusedVersion(name, objection)
    return manifest


def _objections(folder: Path, manifest: Manifest, base: Base) -> list[str]:
    found = hashes_of(folder)
    differing = sorted(
        f for f in found.keys() | manifest.files.keys() if found.get(f) != manifest.files.get(f)
    )
    rules = (
        (manifest.format == 1, f"its manifest has format {manifest.format}, known is 1"),
        (manifest.name == folder.name, f"its manifest is that of {manifest.name}"),
        (not differing, f"files do not match the manifest: {', '.join(differing)}"),
        (manifest.base_sha256 == base.sha256, f"it was trained on another base than {base.id}"),
        (manifest.tokenizer_sha256 == base.tokenizer_sha256, "it was trained with another tokenizer"),
        (manifest.template_sha256 == base.template_sha256, "it was trained with another chat template"),
        (
            manifest.artifact_sha256 == artifact_hash(manifest.files, manifest.base_sha256),
            "its artifact hash does not hold",
        ),
    )
    return [why for holds, why in rules if not holds]
