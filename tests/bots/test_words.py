"""Readers are spoken to from the locales only, and whatever stands there is said by somebody."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

from bots.texts import is_sentence
from tests.bots.test_texts import facts
from tests.conftest import REPOSITORY

CODE = [
    path
    for folder in ("bots", "studio", "worker", "feedback")
    for path in sorted((REPOSITORY / folder).rglob("*.py"))
]
# What operators read: on a terminal, in a monitor.
OPERATORS = re.compile(r"worker/|feedback/|bots/\w+_doctor\.py|studio/service\.py")
SPEAKERS = [path for path in CODE if not OPERATORS.match(str(path.relative_to(REPOSITORY)))]
SENTENCE = re.compile(r"[A-Z][\w']* .*[.!?…]|.*[\u4e00-\u9fff].*", re.DOTALL)
OWN_NAMES = {"中文"}  # A language is called in itself, whoever reads.
SAYS = re.compile(r"(\w+\.)*(say|_say|text|_text)|Refused")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def unspoken(node: ast.AST) -> bool:
    """A docstring, a log line, an exception, a pattern: nothing that a reader hears."""
    match node:
        case ast.Raise() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=function):
            return bool(re.match(r"log\.|re\.", ast.unparse(function)))
    return False


def constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        if not unspoken(child):
            yield from constants(child)


def is_key(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z]+(-\w+)+", value))


def keys_said(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and SAYS.fullmatch(ast.unparse(node.func)):
            yield from (
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and is_key(argument.value)
            )


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: path.stem)
def test_no_sentence_stands_outside_the_locales(path: Path) -> None:
    assert [text for text in constants(tree(path)) if SENTENCE.fullmatch(text)] in ([], [*OWN_NAMES])


def test_what_is_said_is_there() -> None:
    said = {key for path in CODE for key in keys_said(path)}

    assert len(said) > 90
    assert [key for key in sorted(said) if not is_sentence(key)] == []


def test_what_is_there_is_said() -> None:
    nodes = [node for path in CODE for node in ast.walk(tree(path))]
    words = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    begun = tuple(word for word in words if re.fullmatch(r"[a-z]+-([a-z]+-)*", word))  # f"studio-form-{form}"
    unsaid = [key for key in facts("en") if key not in words and not key.startswith(begun)]

    assert unsaid == []


def test_a_sentence_outside_would_be_found() -> None:
    code = ast.parse(
        '"""Doc string."""\nlog.info("Some one asked.")\nreply("I am sorry.")\nreply("再来一次")'
    )

    assert [text for text in constants(code) if SENTENCE.fullmatch(text)] == ["I am sorry.", "再来一次"]
