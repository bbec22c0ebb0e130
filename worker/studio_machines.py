"""Look at the machines for the studio: writers, disk, GPUs."""

import shutil
from pathlib import Path

from sqlalchemy import make_url

from studio.machine import Gpu, Machine, Machines
from worker.parts import Parts


class LookedAtMachines:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self) -> Machine:
        publisher, home = self._parts.publisher, self._parts.settings.home
        disk = shutil.disk_usage(home)
        return Machine(
            broker=publisher.answers(),
            writers=tuple(publisher.writers()),
            disk_free=disk.free,
            disk=disk.total,
            kept=self._kept(),
            gpus=tuple(Gpu(**facts) for facts in publisher.gpus()),
        )

    def _kept(self) -> int:
        url = make_url(self._parts.database_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            return 0
        files = (f"{url.database}{ending}" for ending in ("", "-wal"))
        return sum(_size(file) for file in files)


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


def _conforms(machines: LookedAtMachines) -> Machines:
    """Lets the type checker hold LookedAtMachines against the Protocol."""
    return machines
