"""Read what is said about a piece that is there: again, continue, or what is to become of it. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["again", "continue", "revise"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    kind: Kind
    instruction: str = ""  # For "revise" always, for "continue" if more than the bare word was said.


_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTS = {word: n for n, word in enumerate(_WORDS, 1)}
_COUNTS |= {"a couple of": 2, "a few": 3, "some": 3, "several": 3, "two or three": 3}
_HAN_COUNTS = {character: n for n, character in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "几": 3}
_COUNT = r"(?P<count>\d{1,2}|" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + ")"
_HAN_COUNT = r"(?P<count>\d{1,2}|[" + "".join(_HAN_COUNTS) + "])"
_OF_VARIANTS = r"(?:variants?|variations?|versions?|drafts?|takes|alternatives|options)"
_IT = r"(?:it|this|that|them|these|those)"
_THE_PIECE = (
    rf"(?:{_IT}|(?:the|this|that|your|its|each|every|both|all)\s+(?:(?:first|second|third|last|whole)\s+)?"
    r"(?:poem|haiku|sonnet|limerick|story|song|lyrics|slogan|quest|piece|text|one|line|lines|verse|stanza|"
    r"chorus|refrain|title|ending|end|beginning|opening|middle|rhymes?|rhythm|tone|mood|name|words?)\b)"
)
_POLITE = r"(?:(?:please|pls|can you|could you|now|but|and|ok|okay|yes|no|hm+)[,:]?\s+)*"
_END = r"(?:[,]?\s*(?:please|pls|thanks|thank you))?[\s.!?…。！？]*"

_VARIANTS_FIRST = re.compile(
    rf"{_POLITE}(?:(?:give|show|write|make|try)\s+)?(?:me\s+|us\s+)?{_COUNT}\s+"
    rf"(?P<how>(?:[\w-]+\s+){{0,2}}?){_OF_VARIANTS}(?:\s+(?:of|for|on)\s+(?P<rest>.+?))?{_END}",
    re.IGNORECASE | re.DOTALL,
)
_VARIANTS_LAST = re.compile(
    rf"(?P<rest>.+?)(?:\s*[,;:(]\s*(?:in\s+)?|\s+in\s+){_COUNT}\s+{_OF_VARIANTS}\)?{_END}",
    re.IGNORECASE | re.DOTALL,
)
_HAN_VARIANTS = r"(?:个|种|首|篇|份|句)?(?:不同的|不一样的)?(?:版本|变体|方案|写法|说法)"
_HAN_VARIANTS_FIRST = re.compile(
    rf"(?:请|帮我)?(?:给我|写|来|要|试)?(?:出)?{_HAN_COUNT}{_HAN_VARIANTS}(?:[:：,，的]\s*(?P<rest>.+?))?{_END}",
    re.DOTALL,
)
_HAN_VARIANTS_LAST = re.compile(rf"(?P<rest>.+?)[,，;；:：、]\s*{_HAN_COUNT}{_HAN_VARIANTS}{_END}", re.DOTALL)

_AGAIN = re.compile(
    rf"{_POLITE}(?:again|once more|once again|one more(?: time)?|"
    rf"(?:(?:do|write|try|give me|show me|can i have|i want)\s+)?another(?: one| go| try| version)?|"
    rf"(?:let'?s )?try (?:it )?again|same again|roll again|reroll|"
    rf"(?:do|write|say) {_IT} (?:again|once more)|redo(?: {_IT})?|retry|regenerate(?: {_IT})?|"
    rf"(?:a )?(?:new|different) one|something else){_END}"
    r"|(?:请)?(?:再来|再写|换|再|重新写|重新来|重来|重写|再试|另写|来)"
    r"(?:一)?(?:首|篇|个|次|遍|句|段|下|种)?(?:新的|写法)?(?:吧|呢)?[。！!.]*",
    re.IGNORECASE,
)
_CONTINUE = re.compile(
    rf"{_POLITE}(?:(?:continue|go on|keep (?:going|writing)|carry on|write on)"
    rf"(?:\s+(?:{_THE_PIECE}|writing))?|(?:some |write |tell me )?more|and then|then|and|next|"
    r"what (?:happens|comes) next|what's next|finish it|"
    r"(?:the )?next (?:part|verse|stanza|chapter|scene|line))"
    rf"(?:\s*[,:]\s*(?P<how>.+?)|\s+(?P<with>(?:with|until|from|but|and|as|in)\b.+?))?{_END}"
    r"|(?:请)?(?:继续|接着|往下)(?:写|往下写|说|讲)?(?:下去)?(?:吧)?(?:[:：,，]\s*(?P<han>.+?))?[。！!.]*"
    r"|续写|再写下去|(?:然后呢|后来呢|后面呢|接下来呢|下文|下一(?:段|节|章|句|首))[？?。！!.]*",
    re.IGNORECASE | re.DOTALL,
)

_COMPARED = (
    "shorter longer sadder happier funnier darker lighter simpler softer louder slower faster warmer colder "
    "brighter gentler kinder sillier scarier stranger weirder wittier sharper smoother tighter clearer "
    "deeper richer quieter angrier younger older bigger smaller sweeter wilder gloomier cheerier merrier "
    "calmer fresher plainer cuter cooler lovelier prettier nicer punchier catchier crisper better bolder "
    "bitterer lonelier livelier looser rougher ruder moodier dreamier spookier snappier easier harder"
)
# What may follow, so that "shorter lines" speaks of a piece, and "shorter days" is a theme.
_PART = (
    r"(?:lines?|words?|sentences?|verses?|stanzas?|endings?|beginning|version|title|rhymes?|one|tone|text)"
)
_CLOSED = r"(?=\s*(?:$|[,.;:!?…]|(?:please|pls|now|again|this time)\b))"
_OF_A_PIECE = rf"(?:(?=\s+{_PART}\b)|{_CLOSED}|(?=\s+(?:and|but|or|for|by|than (?:it|this|that|before))\b))"
_STRONG = (  # Nobody begins a request for something new like this.
    rf"(?:make|turn|let|have|give|put|write|say|do|set|keep|end|start|begin|finish|change|cut|fix|drop)\s+"
    rf"{_THE_PIECE}",
    r"(?:rewrite|rephrase|revise|reword|shorten|lengthen|translate|simplify|polish|expand|extend|improve)\b",
    rf"(?:{_THE_PIECE})\s+(?:is|was|should|must|needs?|has|sounds?|reads?|feels?|does|could|would|but|too)\b",
    r"(?:it|that|this)(?:'s| is)\s+(?:too|not|still|a bit|a little|very|so)\b",
    r"(?:try|can)\s+(?:it|this)\b",
    r"don't\s+(?:mention|use|make|write|say|rhyme)\b",
    r"(?:i|we)(?:\s+(?:want|need|wanted|like|prefer)|'d\s+like|\s+would\s+like)\s+"
    rf"(?:{_THE_PIECE})",
)
_WEAK = (
    rf"(?:(?:a (?:bit|little)|much|even|slightly|way|far)\s+)*(?:{'|'.join(_COMPARED.split())}){_OF_A_PIECE}",
    rf"an?\s+(?:more\s+\w+|less\s+\w+|{'|'.join(_COMPARED.split())})\s+{_PART}{_CLOSED}",
    r"again,?\s+but\b",
    rf"(?:twice as|half as|half the|twice the)\s+(?:long|short|length){_CLOSED}",
    r"(?:(?:a (?:bit|little)|much|even|slightly|way|far)\s+)*(?:more|less|fewer|too|not so)\s+"
    r"(?!than\b|is\b|or\b)\w+",
    r"(?:add|remove|replace|delete|mention|include|leave out|avoid)\s+(?!of\b|to\b)\w+",
    r"(?:change|swap|use|drop|cut)\s+(?:the|an?|some|more|fewer|less|all|every|any|it|\w+er)\b(?!\s+of\b)",
    r"(?:with|without|no)\s+(?:an?\s+|the\s+|any\s+|some\s+|more\s+|less\s+|fewer\s+)*"
    r"(?:rhym(?:es?|ing)|title|emojis?|refrain|chorus|metaphors?|adjectives?|clich[eé]s?|names?|dialogue|humou?r)"
    rf"{_CLOSED}",
    rf"in\s+(?:english|chinese|mandarin|french|german|spanish|italian){_CLOSED}",
    r"in\s+(?:the style of|rhymes?|verse|prose|"
    r"(?:the )?(?:past|present) tense|(?:the )?(?:first|second|third) person)\b",
    r"(?:as|into)\s+an?\s+\w+\s*$",
    rf"(?:rhyme|rhymed|rhyming)(?:\s+(?:it|this|that|more|better))?{_CLOSED}",
    r"(?:it should rhyme|don't rhyme|stop rhyming)\b",
    r"(?:instead|rather)\b",
)
_HAN = re.compile(
    r"(?:请|再|能不能|可以|可不可以)*(?:"
    r"(?:更(?!夫|年期|鼓|衣|漏|深)|太(?![阳极平空太子后古湖行白监原守宗妃医学])|别(?![离墅康人后处来致扭动恋情的])|"
    r"不要|少用|多用|多写|少一点|多一点|改(?:成|为|写|得|短|长|一|掉|用|编)|换成|去掉|删(?:掉|去|了|减)|"
    r"加上|加一|加点|缩短|扩写|润色|翻译|让它|写得?[短长更]|换个?(?:结尾|开头|标题|题目|韵|语气|风格|说法|角度)|"
    r"把.*(?:改|换|变|写|去掉|删|加|缩|扩|翻译)|用英文|用中文|用英语)"
    r".*|.{1,4}(?:些|点)(?:吧)?|.{1,8}(?:一点儿?|一些|点儿)(?:吧)?|(?:要|押|不要)?押?上?韵|(?:要)?押韵.*)[。！!.]*",
    re.DOTALL,
)
_STRONGLY = re.compile(rf"{_POLITE}(?:{'|'.join(_STRONG)})", re.IGNORECASE)
_WEAKLY = re.compile(rf"{_POLITE}(?:{'|'.join((*_STRONG, *_WEAK))})", re.IGNORECASE)

_NEW_AFTER_ALL = re.compile(
    r"(?:(?:ok(?:ay)?|now|and|but|next|then|yes|no)[,:]?\s+)+(?=(?:an?|another|one|please|write|make|give)\b)"
    r"|(?:现在|那就)?再来?",
    re.IGNORECASE,
)
_ONE_MORE = re.compile(r"(?:another|one more|a new)\s+", re.IGNORECASE)
_FORM = re.compile(
    rf"{_POLITE}(?:(?:make|turn|rewrite)\s+{_THE_PIECE}\s+)?(?:(?:as|into|in|to)\s+)?(?:an?\s+|the\s+)?"
    rf"(?P<word>[a-z-]+(?:\s[a-z-]+)?){_END}"
    r"|(?:把.{1,4})?(?:改|换|写|变)成(?:一)?(?:首|篇|个|句|副)?(?P<han>\w{1,6})[。！!.]*",
    re.IGNORECASE,
)


def read_variants(text: str) -> tuple[int, str]:
    """How many variants, and of what: "3 variants of a haiku about snow" → 3, "a haiku about snow".

    Of what is empty if it goes without saying: "3 variants", "three versions of that".
    """
    text = text.strip()
    closed = re.sub(
        r"\s+", lambda gap: "\n" if "\n" in gap[0] else " ", text
    )  # Long gaps would take minutes.
    for pattern in (_VARIANTS_FIRST, _HAN_VARIANTS_FIRST, _VARIANTS_LAST, _HAN_VARIANTS_LAST):
        if match := pattern.fullmatch(closed):
            found = match.groupdict()
            of = (found["rest"] or "").strip()
            if re.fullmatch(rf"{_IT}(?:\s+one)?|它|这(?:首|篇|个)|那(?:首|篇|个)", of, re.IGNORECASE):
                of = ""
            how = (found.get("how") or "").strip()
            return _number(found["count"]), of or ("" if how in {"", "different", "more", "other"} else how)
    return 1, text


def read_follow_up(text: str) -> FollowUp:
    """What a text that answers a piece wants of it. Free text is an instruction."""
    text = " ".join(text.split())
    if not text or _AGAIN.fullmatch(text):
        return FollowUp("again")
    if match := _CONTINUE.fullmatch(text):
        return FollowUp("continue", (match["how"] or match["with"] or match["han"] or "").strip())
    return FollowUp("revise", text.strip(" .。"))


def follows_up(text: str, *, answers: bool, names_form_and_theme: bool) -> bool:
    """Is it about the piece before, rather than a request for something new?

    `answers`: the text was sent as an answer to that piece, so it needs not sound like one.
    `names_form_and_theme`: the text could be a request, such as "a haiku about snow".
    """
    text = " ".join(text.split())
    if not text or _STRONGLY.match(text) or _AGAIN.fullmatch(text):
        return True
    if names_form_and_theme:
        return False
    return answers or speaks_of_a_piece(text)


def speaks_of_a_piece(text: str) -> bool:
    """Does the text make sense only after a piece?"""
    text = " ".join(text.split())
    whole = (_AGAIN, _CONTINUE, _HAN)
    return not text or bool(any(p.fullmatch(text) for p in whole) or _WEAKLY.match(text))


def without_lead(text: str) -> str:
    """A request without the words that lead over to it: "ok, now another haiku about snow"."""
    text = text.strip()
    for lead in (_NEW_AFTER_ALL, _ONE_MORE):
        if match := lead.match(text):
            text = text[match.end() :]
    return text


def form_word(instruction: str) -> str | None:
    """The word that may name a form to change into: "make it a sonnet" → "sonnet"."""
    match = _FORM.fullmatch(instruction.strip())
    return (match["word"] or match["han"]) if match else None


def language_wanted(instruction: str) -> str | None:
    """The language that an instruction asks for, if it does."""
    if re.search(r"\b(?:in|to|into) (?:chinese|mandarin)\b|用中文|成中文", instruction, re.IGNORECASE):
        return "zh"
    if re.search(r"\b(?:in|to|into) english\b|用英[文语]|成英[文语]", instruction, re.IGNORECASE):
        return "en"
    return None


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else (_HAN_COUNTS.get(word) or _COUNTS[word.lower()])
