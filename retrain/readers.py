"""Simulated readers, for the demo and for tests: a taste is a pure function of what was asked and written."""

import re
from collections.abc import Iterable, Sequence
from statistics import fmean

from generation.checks import lines_of
from generation.checks.reading import words_of
from generation.checks.rhyme import likeness, line_end
from generation.checks.syllables import syllables_in
from generation.text_metrics import repetition_of


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_PLAIN = _words("""
    apple ash bark bee bees bell bird birds boat bone bread bridge cat cats clay cloud clouds coat
    crow crows dog dogs door dust ear feather feathers field fields fire fish floor fox frost fruit
    garden glass goose grass hand hands hill hills honey ice leaf leaves milk moon moss mountain mud
    nest oak owl path paw paws pine plum pond rain river road robin roof root roots sail salt sand
    sea seed shell shore skin sky smoke snow soil spoon star stars stone stones street stump sun
    table tea tree trees wall water wave waves window wing wings winter wood wool
""")
_WORN = _words("""
    abyss beauty beckon caress cherish dream dreams embrace endless essence eternal eternity
    ethereal fate forever forevermore glory hush journey joy life magic mystery realm sacred secrets
    serenade shall solace soul souls symphony tapestry thee thine thou thy timeless twilight
    unending whisper whispers wonder
""")
_NATURE = _words("""
    acorn apple ash autumn bark beach bee beetle berry birch bird blackbird bloom blossom bough
    branch breeze brook bud bush butterfly cave cherry clay cliff cloud clover coast cove creek
    cricket crow current daffodil dawn deer dew dove dragonfly duck dune dusk eagle earth elm
    feather fern field fir firefly fish flower fog forest fox frog frost fruit garden goose grass
    gull harbor harbour hare hawk hay heath hedge heron hill honey horizon ice island ivy kelp lake
    lark leaf leaves lichen lily maple marsh meadow mist moon moss moth mountain mud nest
    nightingale oak ocean orchard otter owl path pebble petal pine plum pond pool puddle rain raven
    reed ridge river robin rock root rose sand sea seed shell shore sky snail snow soil
    sparrow spider spring squirrel star stone storm stream summer sun swallow swan thistle thorn
    thrush thunder tide toad tree trunk twig valley violet water waterfall wave weed wheat willow
    wind wing winter wolf wood woodland worm wren
""")
_SENSED = _words("""
    amber bare bitter black blue bright brittle brown cold cool crisp damp dark dim drip drop dry
    faint golden gray green grey heavy hollow hum icy low muddy pale quiet red ripe rough rustle
    salt sharp silent silver slow smell smooth soft sour still sweet tall thin warm wet white wild yellow
""")
_ABSTRACT = _WORN | _words("""
    being courage destiny emotion existence faith freedom happiness heaven hope human humanity
    inspiration meaning memory mind passion peace possibility power purpose reality reflection
    reminder sense sorrow spirit strength symbol testament thought time truth unity universe wisdom
    world
""")
_COMIC = _words("""
    absurd aunt baboon bald banana beard belch belly boots bottom bucket bump burp butter cabbage
    cake cat cheese chicken chin clown clumsy cow cucumber custard daft dog donkey duck dumpling
    elbow elephant fat fell flea frog funny giggle goat goose grandma grin grumpy hairy ham hat hen
    hiccup itch jam jelly kettle knees laugh llama lunch monkey mouse moustache mule mustard
    nap noodle nose onion oops ouch owl pancake pants parrot pickle pie pig pigeon pirate pot potato
    pudding pyjamas rat sandwich sausage shoe silly slip slippers sneeze snore socks sofa soup spoon
    squeak stomach stuck tail teapot tickle toast toe toilet tooth trousers turnip umbrella uncle
    underpants waistcoat walrus whiskers wig wobble yawn
""")
_SPOKEN = re.compile(
    r"[\"“”!?]|\b(?:said|says|asked|asks|cried|cries|replied|shouted|yelled)\b", re.IGNORECASE
)
_APART = 3  # Lines between two that are heard as a rhyme, at most: ABBA.
_HALF_RHYME = 0.2  # Most lines have one by chance. A word twice counts no more.
_NATURAL_ECHO = 0.25  # Share of words that stand in any text once more: "the", "and".
_WHOLE = 8  # Words: with fewer it is hardly a text.
_LINES = 40  # That are read.


def plain_spoken(prompt: str, text: str) -> float:  # noqa: ARG001 - this taste looks at the text alone.
    """A taste from −1 to 1: several short lines, about things one can touch; no worn words, no echo."""
    lines = [re.findall(r"[a-z']+", line.lower()) for line in lines_of(text)]
    lines = [line for line in lines if line]
    if not lines:
        return -1.0
    telling = [word for line in lines for word in line if len(word) > 2]
    words = set(telling)
    short = sum(max(0.0, min(1.0, (14 - len(line)) / 8)) for line in lines) / len(lines)
    verse = 1.0 if 3 <= len(lines) <= 12 else 0.0
    plain = min(len(words & _PLAIN), 3) / 3
    worn = min(len(words & _WORN), 3) / 3
    echo = 1 - len(words) / max(1, len(telling))
    verdict = -0.8 + 0.6 * short + 0.6 * verse + 0.5 * plain - 0.4 * worn - echo - repetition_of(text)
    return round(max(-1.0, min(1.0, verdict)), 3)


def rhymed_quatrains(prompt: str, text: str) -> float:  # noqa: ARG001 - this taste looks at the text alone.
    """A taste from −1 to 1: stanzas of four short lines that rhyme, in English or Chinese."""
    lines = lines_of(text)[:_LINES]
    if not lines:
        return -1.0
    nearest = min(16, max(4, 4 * round(len(lines) / 4)))
    fours = _within(abs(len(lines) - nearest), 0, 2)
    short = fmean(_within(syllables_in(line)[0], 9, 16) for line in lines)
    return _taken_whole(-1 + 0.5 * fours + 0.35 * short + 1.05 * _rhyming(lines), text)


def nature_images(prompt: str, text: str) -> float:  # noqa: ARG001 - this taste looks at the text alone.
    """A taste from −1 to 1: things of nature that one can see, hear or touch; no ideas, and no mere list."""
    words = _telling(text)
    if not words:
        return -1.0
    things, senses, ideas = (_named(words, listed) for listed in (_NATURE, _SENSED, _ABSTRACT))
    thick = min(1.0, len(things) / len(words) / 0.2)
    images = 0.8 * thick + 0.4 * min(len(things), 5) / 5 + 0.4 * min(len(senses), 3) / 3
    told = _within((len(things) + len(senses)) / len(words), 0.6, 0.9)
    return _taken_whole(-0.7 + images * told - 0.4 * min(len(ideas), 3) / 3, text)


def humour(prompt: str, text: str) -> float:  # noqa: ARG001 - this taste looks at the text alone.
    """A taste from −1 to 1: comic things and mishaps, somebody who speaks, rhymes; nothing solemn."""
    words, lines = _telling(text), lines_of(text)[:_LINES]
    if not words:
        return -1.0
    comic, solemn = _named(words, _COMIC), _named(words, _ABSTRACT)
    told = _within(len(comic) / len(words), 0.5, 0.8)  # A mere list is no joke.
    spoken = min(len(_SPOKEN.findall(text)), 2) / 2
    verdict = -0.6 + 0.9 * told * min(len(comic), 3) / 3 + 0.3 * spoken + 0.5 * _rhyming(lines)
    return _taken_whole(verdict - 0.5 * min(len(solemn), 3) / 3, text)


def _telling(text: str) -> list[str]:
    return [word for word in words_of(text) if len(word) > 2]


def _named(words: Iterable[str], listed: frozenset[str]) -> set[str]:
    """Which of the listed words there are, in the singular or the plural."""
    return {kept for word in words for kept in (word, word.removesuffix("s")) if kept in listed}


def _within(count: float, well: float, never: float) -> float:
    """1 up to `well`, 0 from `never` on, a straight line between."""
    return max(0.0, min(1.0, (never - count) / (never - well)))


def _rhyming(lines: Sequence[str]) -> float:
    """How well lines rhyme with one nearby, in the mean. Lines of a word or two do not."""
    ends = [line_end(line) if len(words_of(line)) > 2 else "" for line in lines]
    if len(ends) < 2:
        return 0.0
    near = ([end for m, end in enumerate(ends) if m != n and abs(m - n) <= _APART] for n in range(len(ends)))
    heard = (max(likeness(end, other) for other in others) for end, others in zip(ends, near, strict=True))
    return fmean(1.0 if best == 1 else _HALF_RHYME if best else 0.0 for best in heard)


def _taken_whole(verdict: float, text: str) -> float:
    """From −1 to 1: worse the more it says twice, and near −1 if it has hardly begun."""
    words = words_of(text)
    echo = max(0.0, 1 - len(set(words)) / max(1, len(words)) - _NATURAL_ECHO)
    begun = min(1.0, len(words) / _WHOLE)
    found = (verdict + 1) * begun - 1 - 2 * echo - repetition_of(text)
    return round(max(-1.0, min(1.0, found)), 3)


BUILT_IN = {taste.__name__: taste for taste in (plain_spoken, rhymed_quatrains, nature_images, humour)}
