"""Every kind of check that a form can declare."""

from typing import Annotated

from pydantic import Field

from generation.checks.chinese_verse import ChineseLines, ChineseRhyme, ParallelCouplet
from generation.checks.counts import Characters, Lines, Stanzas, Words
from generation.checks.rhyme import Rhyme
from generation.checks.sections import Chords, Sections, Speakers
from generation.checks.syllables import Syllables
from generation.checks.tones import TonePattern

AnyCheck = Annotated[
    Lines
    | Stanzas
    | Words
    | Characters
    | Syllables
    | Rhyme
    | ChineseLines
    | ChineseRhyme
    | TonePattern
    | ParallelCouplet
    | Sections
    | Speakers
    | Chords,
    Field(discriminator="kind"),
]
