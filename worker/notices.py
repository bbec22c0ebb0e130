"""Post what the service has to say: a surge of dislikes, and the digest of the week."""

import structlog

from feedback.store import Store
from feedback.tables import now
from worker.channel_list import read_channels
from worker.cron import last_before
from worker.digest import digest_of
from worker.settings import Settings
from worker.surge import BASELINE, Rise, surge

log = structlog.get_logger(__name__)


def look_for_surge(store: Store, settings: Settings) -> Rise | None:
    """Tell the operators' channels if readers are unhappy. None if there is nothing to tell."""
    moment, told = now(), store.notices.last("surge")
    rise = surge(store.opinions.since(moment - BASELINE), moment, told)
    if rise is None:
        return None
    facts = {
        "unhappy": rise.now.count,
        "readers": rise.now.of,
        "usual": round(100 * rise.before.share),
        "version": store.versions.champion() or "",
    }
    log.warning("readers are unhappy", chance=rise.chance, **facts)
    # Whoever sees the same rise at the same time has heard of the same one before: the key is the same.
    _post(store, "surge", settings.operators_channels, f"after {told or 'none'}", facts)
    return rise


def post_digest(store: Store, settings: Settings) -> None:
    """Have the week's digest said, once for each time that it is due."""
    due = last_before(now(), settings.digest_cron)
    _post(store, "digest", settings.digest_channels, due.isoformat(), digest_of(store, due))


def _post(store: Store, kind: str, channels: str | None, which: str, facts: dict[str, object]) -> None:
    for one in read_channels(channels):
        key = f"{kind} {one.platform}:{one.channel} {which}"
        if store.notices.post(key, kind, one.platform, one.channel, facts):
            log.info("a notice was posted", kind=kind, platform=one.platform)
