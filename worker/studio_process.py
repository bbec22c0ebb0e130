"""The studio process: the browser side over this worker's Inbox, ReplyFeed and store."""

import hashlib

import structlog

from studio.app import CannotListen, serve
from studio.parts import Parts as StudioParts
from worker.metrics.exposition import exposed
from worker.parts import Parts
from worker.presence import present
from worker.problems import CannotStart
from worker.studio_access import access_of
from worker.studio_machines import LookedAtMachines
from worker.studio_steering import SqlSteering

log = structlog.get_logger(__name__)


def run_studio(parts: Parts) -> None:
    """Blocks until SIGTERM or SIGINT. Raises CannotStart."""
    access = access_of(parts.settings)
    try:
        with present(parts), exposed(parts.settings, parts.process):
            serve(
                shown_by(parts),
                access,
                port=parts.settings.studio_port,
                storage_secret=cookie_key(parts.reader_key),
                on_ready=lambda address: log.info("studio ready", address=address),
            )
    except CannotListen as error:
        raise CannotStart(str(error)) from None
    finally:
        parts.close()


def shown_by(parts: Parts) -> StudioParts:
    return StudioParts(
        parts.measured_inbox,
        parts.feed,
        parts.store,
        forms={form.name: form.layout for form in parts.forms.values()},
        health=lambda: {"broker": parts.publisher.answers(), "writer": bool(parts.publisher.writers())},
        steering=SqlSteering(parts),
        machines=LookedAtMachines(parts),
    )


def cookie_key(reader_key: bytes) -> str:
    """The key that signs readers' cookies: derived, so that one secret file is enough."""
    return hashlib.sha256(b"studio cookies" + reader_key).hexdigest()
