"""Lines that the docs have one type for Docker. `python -m deploy.verify` runs them as they stand there."""

import re
import shlex
from collections.abc import Sequence

UP, DOWN, STOP = "docker compose up -d", "docker compose down", "docker compose stop"
BACKUP = "(umask 077; docker compose exec -T clock rhapsode backup - > rhapsode.tar)"
GIVE_UP = "docker compose down --volumes"
RESTORE = "docker compose run --rm -T clock restore - < rhapsode.tar"
ROLLBACK = "docker compose exec clock rhapsode models rollback"
DOCTOR = "docker compose exec clock rhapsode doctor"
LOOKS = (
    "docker compose ps",
    "docker compose ps writer",
    "docker compose logs valkey",
    "docker compose exec clock cat /var/lib/rhapsode/reader.key",
    "docker compose exec clock rhapsode models prune",
    'docker compose exec clock rhapsode chat --once "a haiku about rain"',
    "docker system df -v",
)
RESTARTS = ("docker compose restart slack", "docker compose restart writer")
TWO_WRITERS = "docker compose up -d --scale writer=2"
BEFORE_AN_UPGRADE = "(umask 077; docker compose exec -T clock rhapsode backup - > before.tar)"
READ_OF_STUDIO = "docker compose run --rm --entrypoint cat secrets /run/secrets/made/studio_password"
ROTATE_BROKER = "docker compose run --rm --entrypoint rm secrets -f /run/secrets/made/broker_password"
ROTATE_DATABASE = (
    "docker compose exec postgres psql -U rhapsode -c \"ALTER ROLE rhapsode PASSWORD 'NEW'\"",
    "echo NEW | docker compose run --rm -T --entrypoint sh secrets -c "
    "'cd /run/secrets/made && rm postgres_password && cat > postgres_password'",
)
RUN = frozenset(
    {
        *(UP, DOWN, STOP, BACKUP, GIVE_UP, RESTORE, ROLLBACK, DOCTOR, TWO_WRITERS),
        *(BEFORE_AN_UPGRADE, READ_OF_STUDIO, ROTATE_BROKER),
        *(*LOOKS, *RESTARTS, *ROTATE_DATABASE),
    }
)
_BUILDS = "deploy/verify/images.py builds the same target on a base of its own: no registry is asked"
_MONITORING = "the profile `monitoring` has images of a registry"
NOT_RUN = {  # Why not.
    "docker compose build": _BUILDS,
    "docker compose up -d --build": _BUILDS,
    "docker compose up": "as with -d, but that it does not end",
    "docker compose up -d --no-deps writer": "on a further host",
    "docker compose exec trainer rhapsode retrain": "one run at a time: that of the schedule is waited for",
    "docker compose run --rm --entrypoint cat secrets /run/secrets/made/grafana_password": _MONITORING,
    "docker compose exec grafana grafana cli admin reset-admin-password NEW": _MONITORING,
    "docker inspect": "no whole line; every container is looked at with it",
    "docker image prune": "deletes images of the machine that verifies",
}


def as_run(line: str, docker: str, compose: Sequence[str]) -> str:
    """The line for a shell without a terminal, on another project than that of the folder."""
    if " -T " not in line:
        line = re.sub(r"^(docker compose (?:exec|run)) ", r"\1 -T ", line)
    line = line.replace("docker compose ", f"{shlex.join(compose)} ")
    return re.sub(r"^docker ", lambda _: f"{shlex.quote(docker)} ", line) if docker != "docker" else line
