"""Every query, named for its question, behind one object."""

from feedback.database import Database
from feedback.store.accounts import Accounts
from feedback.store.choices import Choices
from feedback.store.conversations import Conversations
from feedback.store.day import Day
from feedback.store.deliveries import Deliveries
from feedback.store.early_votes import EarlyVotes
from feedback.store.erasure import Erasure
from feedback.store.export import Export
from feedback.store.favourites import Favourites
from feedback.store.figures import Figures
from feedback.store.gallery import Gallery
from feedback.store.imports import Imports
from feedback.store.lessons import Lessons
from feedback.store.lineage import Lineage
from feedback.store.messages import Messages
from feedback.store.moves import Moves
from feedback.store.notices import Notices
from feedback.store.open_work import OpenWork
from feedback.store.opinions import Opinions
from feedback.store.pauses import Pauses
from feedback.store.positions import Positions
from feedback.store.prompts import Prompts
from feedback.store.queue import Queue
from feedback.store.ratings import Ratings
from feedback.store.readers import Readers
from feedback.store.runs import Runs
from feedback.store.statistics import Statistics
from feedback.store.traffic import Traffic
from feedback.store.trends import Trends
from feedback.store.trials import Trials
from feedback.store.versions import Versions

__all__ = ["Store"]


class Store:
    """What is remembered. Thread-safe; each method is one short transaction.

    `reader_key` is the secret under which platform user ids are kept as HMACs. `consent_default`: may be
    learned from readers who have not said whether?
    """

    def __init__(self, url: str, reader_key: bytes, consent_default: bool = True) -> None:
        self._database = Database(url)
        readers = Readers(reader_key, consent_default)
        self.prompts = Prompts(self._database, readers)
        self.queue = Queue(self._database)
        self.conversations = Conversations(self._database, readers)
        self.messages = Messages(self._database)
        self.moves = Moves(self._database)
        self.deliveries = Deliveries(self._database)
        self.ratings = Ratings(self._database, readers)
        self.early_votes = EarlyVotes(self._database, readers)
        self.choices = Choices(self._database, readers)
        self.lessons = Lessons(self._database, readers)
        self.imports = Imports(self._database, readers)
        self.accounts = Accounts(self._database, readers)
        self.favourites = Favourites(self._database, readers)
        self.gallery = Gallery(self._database, readers)
        self.export = Export(self._database, readers)
        self.erasure = Erasure(self._database, readers)
        self.notices = Notices(self._database)
        self.opinions = Opinions(self._database)
        self.open_work = OpenWork(self._database)
        self.pauses = Pauses(self._database, "requests")
        self.learning_pauses = Pauses(self._database, "learning")
        self.day = Day(self._database)
        self.versions = Versions(self._database)
        self.trials = Trials(self._database)
        self.traffic = Traffic(self._database)
        self.trends = Trends(self._database)
        self.lineage = Lineage(self._database)
        self.positions = Positions(self._database)
        self.figures = Figures(self._database)
        self.runs = Runs(self._database)
        self.statistics = Statistics(self._database, readers)

    def close(self) -> None:
        self._database.close()
