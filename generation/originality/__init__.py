"""Find long verbatim runs that a text shares with registered corpora."""

from generation.originality.index import Added, Originality, Registered, Shared
from generation.originality.segments import Corpus, Document, Source

__all__ = ["Added", "Corpus", "Document", "Originality", "Registered", "Shared", "Source"]
