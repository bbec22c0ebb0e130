"""What an operator does by hand, in the words of docs/operations.md, on the service that runs."""

import secrets
from collections.abc import Sequence

import httpx

from deploy.verify import typed
from deploy.verify.service import Service, until

_STUDIO = "http://127.0.0.1:8080"  # As the README says.


def look(service: Service) -> None:
    """At everything that the page says to look at; the doctor finds nothing to mend."""
    for line in typed.LOOKS:
        assert service.typed(line).strip(), line
    said = service.typed(typed.DOCTOR)
    assert "ok  telegram" in said, said
    assert "BAD" not in said, said


def restart(service: Service) -> None:
    for line in typed.RESTARTS:
        service.typed(line)
    healthy(service)


def scale(service: Service) -> None:
    service.typed(typed.TWO_WRITERS)
    healthy(service)
    assert len(service.containers("writer")) == 2
    until(lambda: len(writers(service)) == 2, "both writers answer", 60)
    service.typed(typed.UP)
    until(lambda: len(service.containers("writer")) == 1, "one writer is left", 60)
    healthy(service)


def writers(service: Service) -> list[str]:
    """The version of each writer that answers."""
    found = {finding["what"]: finding["said"] for finding in service.rhapsode("doctor")}
    return str(found["writers"]).split(", ")


def upgrade(service: Service) -> None:
    """To the same version: what changes it is Git's and the build's."""
    service.typed(typed.BEFORE_AN_UPGRADE)
    service.typed(typed.STOP)
    start_again(service, [typed.UP])


def rotate(service: Service) -> None:
    """New passwords for database, broker and studio, and what was signed in with the old one is refused."""
    before = sign_in_with_the_studios_word(service)
    chosen = secrets.token_urlsafe(24)
    for line in typed.ROTATE_DATABASE:
        service.typed(line, NEW=chosen)
    start_again(service, [typed.DOWN, typed.UP])
    for name in ("broker_password", "studio_password"):
        service.typed(typed.ROTATE_BROKER, broker_password=name)
    start_again(service, [typed.DOWN, typed.UP])
    kept = service.typed(typed.READ_OF_STUDIO, studio_password="postgres_password")  # noqa: S106 - a name.
    assert kept.strip() == chosen
    assert sign_in_with_the_studios_word(service) != before
    assert sign_in(before) == 401


def sign_in_with_the_studios_word(service: Service) -> str:
    """The password that the page says to read; one can sign in with it."""
    word = service.typed(typed.READ_OF_STUDIO).strip()
    assert sign_in(word) == 303
    return word


def sign_in(password: str) -> int:
    """What the studio answers, at the address that Compose publishes."""
    form = {"password": password, "to": "/"}
    return httpx.post(f"{_STUDIO}/sign-in", data=form, trust_env=False, timeout=30).status_code


def start_again(service: Service, lines: Sequence[str]) -> None:
    for line in lines:
        service.typed(line)
    healthy(service)


def healthy(service: Service) -> None:
    until(lambda: not service.unhealthy(), "every container is healthy", 240)
