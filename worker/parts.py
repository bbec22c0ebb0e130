"""Build the long-lived parts of a process from the settings, each once."""

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bots.messages import Inbox
from bots.operators import Operators
from bots.readers import Readers
from feedback.conversation import WaitingLimits
from feedback.database import migrate
from feedback.store import Store
from generation.forms import Catalogue, load_catalogue
from generation.sampling import Sampling
from generation.screening import BadBlockList, Screen, read_block_list
from worker.admission import AllowLists
from worker.id_list import IdList
from worker.inbox import SqlInbox
from worker.operator_desk import SqlOperators
from worker.problems import CannotStart
from worker.queues import WRITE, connect, enqueue
from worker.reader_accounts import SqlReaders
from worker.reply_feed import LiveReplyFeed
from worker.setting_names import variable_of
from worker.settings import Settings
from worker.signals import Publisher
from worker.tracing import Tracing, tracing_to

if TYPE_CHECKING:  # Importing numpy takes a moment; the command line should not wait for it.
    from generation.originality import Originality

_BROKER_FILE = "broker-url"


T = TypeVar("T")


class built_once(Generic[T]):  # noqa: N801 - reads like `property`.
    """A property built when first asked for. Two threads never build two: that could be two models."""

    def __init__(self, build: Callable[[Any], T]) -> None:
        self._build = build
        self._name = build.__name__

    def __get__(self, parts: "Parts", _: type | None = None) -> T:
        with parts.lock:
            if self._name not in parts.built:
                parts.built[self._name] = self._build(parts)
            part: T = parts.built[self._name]
            return part


class NothingRuns(Exception):
    """Raised when no broker is configured and no `rhapsode up` runs in this home."""


class Parts:
    """What a process is made of. One instance per process."""

    def __init__(self, settings: Settings, process: str = "rhapsode") -> None:
        self.settings = settings
        self.process = process  # As its figures, traces and logs name it.
        self.lock = threading.RLock()
        self.built: dict[str, Any] = {}

    def close(self) -> None:
        """Give back connections."""
        for name in ("tracing", "publisher", "store"):
            if name in self.built:
                self.built.pop(name).close()

    @property
    def database_url(self) -> str:
        if self.settings.database_url is not None:
            return self.settings.database_url.get_secret_value()
        self.settings.home.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{self.settings.home.resolve() / 'rhapsode.db'}"

    @property
    def broker_url(self) -> str:
        """Configured, or written down by the `rhapsode up` of this home. Raises NothingRuns."""
        if self.settings.broker_url is not None:
            return self.settings.broker_url.get_secret_value()
        try:
            return (self.settings.run_folder / _BROKER_FILE).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise NothingRuns(
                f"nothing runs in {self.settings.home}: start it with `make up` (or set RHAPSODE_BROKER_URL)"
            ) from None

    def write_down_broker(self, url: str) -> None:
        """Tell the other processes of this home where the embedded broker is."""
        self.settings.run_folder.mkdir(parents=True, exist_ok=True)
        (self.settings.run_folder / _BROKER_FILE).write_text(url, encoding="utf-8")

    def forget_broker(self) -> None:
        (self.settings.run_folder / _BROKER_FILE).unlink(missing_ok=True)

    @property
    def reader_key(self) -> bytes:
        """The key of the readers' HMAC: configured, or made once in the home folder."""
        if self.settings.reader_secret is not None:
            return self.settings.reader_secret.get_secret_value().encode()
        return _made_once(self.settings.home / "reader.key")

    @property
    def sampling(self) -> Sampling:
        s = self.settings
        return Sampling(s.temperature, s.top_p, s.repetition_penalty, s.no_repeat_ngram)

    @built_once
    def forms(self) -> Catalogue:
        """The built-in forms and the operator's. Raises BadForm."""
        return load_catalogue(self.settings.forms)

    @built_once
    def store(self) -> Store:
        migrate(self.database_url)
        return Store(self.database_url, self.reader_key, self.settings.consent_default)

    @built_once
    def screen(self) -> Screen:
        """What is refused in prompts and completions. Raises CannotStart."""
        file = self.settings.blocked_words
        try:
            blocked = () if file is None else read_block_list(file)
        except BadBlockList as error:
            raise CannotStart(f"{variable_of('blocked_words')}: {error}") from None
        return Screen(profanity=self.settings.profanity, blocked=blocked)

    @built_once
    def originality(self) -> "Originality":
        """What has been registered with `rhapsode data add-corpus`."""
        from generation.originality import Originality

        return Originality(self.settings.home / "originality")

    @built_once
    def publisher(self) -> Publisher:
        return Publisher(self.broker_url)

    @built_once
    def tracing(self) -> Tracing:
        return tracing_to(self.settings.otlp_endpoint, self.process, installed_version("rhapsode"))

    @built_once
    def measured_inbox(self) -> Inbox:
        """For an adapter, whose process is named for its platform, and which serves its figures."""
        from worker.measured_inbox import MeasuredInbox

        return MeasuredInbox(self.inbox, self.store, self.tracing, self.process)

    @built_once
    def inbox(self) -> SqlInbox:
        connect(self.broker_url)
        return SqlInbox(
            self.store,
            lambda prompt_id: enqueue("write", prompt_id, queue=WRITE),
            self.publisher.cancel,
            forms=self.forms,
            max_prompt_chars=self.settings.max_prompt_chars,
            sampling=self.sampling,
            screen=self.screen,
            limits=WaitingLimits(
                self.settings.max_waiting,
                self.settings.max_waiting_per_reader,
                self.settings.daily_quota,
                self.settings.max_running_per_reader,
            ),
            at_once=self.settings.max_batch,
            traceparent=self.tracing.carried,
            allowed=AllowLists(
                IdList.read(self.settings.allow_people),
                IdList.read(self.settings.allow_chats),
                IdList.read(self.settings.allow_workspaces),
            ),
        )

    @built_once
    def readers(self) -> Readers:
        return SqlReaders(self.store, self.settings.models, self._announce_stop)

    @built_once
    def operators(self) -> Operators:
        listed = IdList.read(self.settings.operators)
        return SqlOperators(self.store, lambda: len(self.publisher.writers()), listed)

    def _announce_stop(self, prompt_id: int) -> None:
        with suppress(NothingRuns):  # Then nobody writes.
            self.publisher.cancel(prompt_id)
            self.publisher.finished(prompt_id)

    @built_once
    def feed(self) -> LiveReplyFeed:
        return LiveReplyFeed(self.store, self.broker_url)


def _made_once(file: Path) -> bytes:
    """A random key in a file that only its owner reads; whoever comes first makes it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_hex(32).encode())
    try:
        os.link(draft, file)  # Fails if it exists, so two first starts agree on one key.
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file.read_bytes()


def _conforms(inbox: SqlInbox) -> Inbox:
    """Lets the type checker hold SqlInbox against the Protocol."""
    return inbox
