"""Who may look: the rules alone."""

import hashlib
from base64 import urlsafe_b64encode as b64encode
from contextlib import suppress

import pytest

from studio.access import (
    HOST_ITSELF,
    Access,
    Badge,
    NoPassword,
    badge_in,
    is_loopback,
    objection_to,
    session_of,
)
from studio.password import NotAHash, check, hashed, matches
from studio.sessions import Sessions, TooManyTries

LOCKED = Access(operator="the operators' hash", reader="the readers' hash")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_on_this_machine_nobody_is_asked(host: str) -> None:
    assert is_loopback(host)
    Access(host=host).check()


@pytest.mark.parametrize(
    "access",
    [
        Access(host="0.0.0.0"),  # noqa: S104
        Access(host="::"),
        Access(host=""),
        Access(host="192.168.1.7"),
        Access(host="127.0.0.1.example.org"),
        Access(names=frozenset({"poems.example.org"})),  # A proxy brings others to it.
    ],
)
def test_whoever_comes_from_elsewhere_is_asked(access: Access) -> None:
    with pytest.raises(NoPassword):
        access.check()


@pytest.mark.parametrize(
    ("access", "headers", "objection"),
    [
        (Access(), {"host": "127.0.0.1:8080"}, ""),
        (Access(), {"host": "localhost:8080", "origin": "http://localhost:8080"}, ""),
        (Access(), {"host": "[::1]:8080", "origin": "http://[::1]:8080"}, ""),
        (Access(), {}, "studio-refused-host"),
        (Access(), {"host": "rebound.example.org:8080"}, "studio-refused-host"),
        (Access(), {"host": "localhost.example.org"}, "studio-refused-host"),
        (Access(), {"host": "evil.example.org@127.0.0.1"}, ""),  # The name is this machine's.
        (Access(), {"host": "127.0.0.1@evil.example.org"}, "studio-refused-host"),
        (Access(), {"host": "[::1"}, "studio-refused-host"),
        (Access(), {"host": "localhost:8080", "origin": "http://localhost:3000"}, "studio-refused-origin"),
        (Access(), {"host": "localhost", "origin": "http://evil.example.org"}, "studio-refused-origin"),
        (Access(), {"host": "localhost", "origin": "null"}, "studio-refused-origin"),
        (Access(), {"host": "localhost", "origin": "http://["}, "studio-refused-origin"),
        (LOCKED, {"host": "localhost", "origin": "http://[::1"}, "studio-refused-origin"),
        (Access(), {"host": "localhost", "x-forwarded-for": "203.0.113.7"}, "studio-refused-proxy"),
        (Access(), {"host": "localhost", "via": "1.1 proxy"}, "studio-refused-proxy"),
        (LOCKED, {"host": "localhost", "x-forwarded-for": "203.0.113.7"}, ""),
        (Access(names=frozenset({"poems.example.org"})), {"host": "poems.example.org"}, ""),
        (
            Access(names=frozenset({"poems.example.org"})),
            {"host": "other.example.org"},
            "studio-refused-host",
        ),
        (Access(host="192.0.2.7", operator="a hash"), {"host": "studio:8080"}, ""),
    ],
)
def test_what_comes_by_another_name_or_page_is_refused(
    access: Access, headers: dict[str, str], objection: str
) -> None:
    assert objection_to(headers, access) == objection


def test_a_badge_is_worth_something_as_long_as_its_password_is() -> None:
    badge = Badge("operator", 2e9, "number")
    session = {"badge": session_of(badge, LOCKED)}

    assert badge_in(session, LOCKED) == badge
    assert badge_in(session, Access(operator="another hash")) is None
    assert badge_in({"badge": session["badge"] | {"role": "reader"}}, LOCKED) is None
    assert badge_in({"badge": "operator"}, LOCKED) is None
    assert badge_in({}, LOCKED) is None
    assert HOST_ITSELF.role == "operator"


def sooner(password: str) -> str:
    """The password's hash, with the least work that is taken: here it is tried many times."""
    salt = b"0123456789abcdef"
    key = hashlib.scrypt(password.encode(), salt=salt, n=1 << 14, r=1, p=1, dklen=32)
    return ":".join(("scrypt", str(1 << 14), "1", "1", *(b64encode(part).decode() for part in (salt, key))))


@pytest.mark.parametrize("password", ["the operators' word", "the readers' word"])
def test_strangers_who_guess_keep_nobody_out_who_has_been_in(password: str) -> None:
    sessions = Sessions(Access(operator=sooner("the operators' word"), reader=sooner("the readers' word")))
    assert sessions.sign_in(password, "192.0.2.77") is not None

    for n in range(61):
        with suppress(TooManyTries):
            sessions.sign_in("a guess", f"2001:db8:0:{n:x}::1")

    assert sessions.sign_in(password, "192.0.2.77") is not None
    with pytest.raises(TooManyTries):  # Nobody knows yet that this is no stranger.
        sessions.sign_in(password, "192.0.2.78")


def test_readers_who_guess_keep_no_operator_out() -> None:
    sessions = Sessions(Access(operator=sooner("the operators' word"), reader=sooner("the readers' word")))
    for word, address in (("the operators' word", "192.0.2.77"), ("the readers' word", "192.0.2.78")):
        assert sessions.sign_in(word, address) is not None
    for _ in range(60):
        with suppress(TooManyTries):
            sessions.sign_in("the readers' word", "192.0.2.78")
    with pytest.raises(TooManyTries):
        sessions.sign_in("the readers' word", "192.0.2.78")

    assert sessions.sign_in("the operators' word", "192.0.2.77") is not None
    assert sessions.sign_in("the operators' word", "192.0.2.79") is not None


def test_a_password_is_known_by_its_hash_and_not_told_by_it() -> None:
    kept = hashed("correct horse")

    assert matches("correct horse", kept)
    assert not matches("correct horse ", kept)
    assert "horse" not in kept
    assert "$" not in kept  # Docker Compose would take what follows for a variable.
    assert hashed("correct horse") != kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "correct horse",
        "scrypt:2:8:1:c2FsdA==:a2V5",
        "scrypt:1073741824:8:1:c2FsdHNhbHRzYWx0c2E=:" + "A" * 43 + "=",  # Would take a terabyte.
        "bcrypt:32768:8:1:c2FsdHNhbHRzYWx0c2E=:" + "A" * 43 + "=",
    ],
)
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(NotAHash):
        check(text)
