"""A version folder's manifest: what it holds, what it stands on, where it comes from; all by hash."""

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generation.base_models import Base, sha256_of
from generation.durable import make_durable
from generation.refusal import RefusedVersion as RefusedVersion
from generation.refusal import refusing

FILE = "manifest.json"


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


def folder_state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when anybody puts or mends a file there; empty if there is no folder."""
    with suppress(OSError):
        stats = ((file.name, file.stat()) for file in sorted(folder.iterdir()))
        return tuple((name, stat.st_size, stat.st_ctime_ns) for name, stat in stats)
    return ()


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest last, and make the folder durable."""
    (folder / FILE).write_bytes(json.dumps(asdict(manifest), indent=2, ensure_ascii=False).encode())
    make_durable(folder)


def read_verified(models: Path, name: str, base: Base, artifact: str | None = None) -> Manifest:
    """The manifest of a version whose every hash holds. Raises RefusedVersion, CannotLoadNow.

    `artifact`: the hash that its row in the database names, if it has one.
    """
    folder = models / name
    with refusing(name, "its folder cannot be read"):
        irregular = sorted(file.name for file in folder.iterdir() if not file.is_file())
        if irregular:  # A pipe would be waited for, and a folder is never looked into.
            raise RefusedVersion(name, f"it holds what is no plain file: {', '.join(irregular)}")
        if not (folder / FILE).is_file():
            raise RefusedVersion(name, "it has no manifest")
    with refusing(name, "its manifest cannot be read"):
        manifest = Manifest(**json.loads((folder / FILE).read_text(encoding="utf-8")))
        for objection in _objections(folder, manifest, base, artifact):
            raise RefusedVersion(name, objection)
    return manifest


def _objections(folder: Path, manifest: Manifest, base: Base, artifact: str | None) -> list[str]:
    found = hashes_of(folder)
    differing = sorted(
        f for f in found.keys() | manifest.files.keys() if found.get(f) != manifest.files.get(f)
    )
    rules = (
        (manifest.format == 1, f"its manifest has format {manifest.format}, known is 1"),
        (manifest.name == folder.name, f"its manifest is that of {manifest.name}"),
        (not differing, f"files do not match the manifest: {', '.join(differing)}"),
        (manifest.base_sha256 == base.sha256, f"it was trained on another base than {base.id}"),
        (manifest.tokenizer_sha256 in base.tokenizer_hashes, "it was trained with another tokenizer"),
        (manifest.template_sha256 == base.template_sha256, "it was trained with another chat template"),
        (
            manifest.artifact_sha256 == artifact_hash(manifest.files, manifest.base_sha256),
            "its artifact hash does not hold",
        ),
        (
            manifest.name.endswith(f"-{manifest.artifact_sha256[:8]}"),
            "its name is that of another artifact",
        ),
        (artifact in {None, manifest.artifact_sha256}, "it is another artifact than the database knows"),
    )
    return [why for holds, why in rules if not holds]
