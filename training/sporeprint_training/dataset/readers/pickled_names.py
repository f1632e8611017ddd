"""Lists of names that pandas pickled into an HDF5 file, read without unpickling.

A pickle is a program, and unpickling runs it: it may start any other. What a list of texts needs of it are a dozen
instructions that build lists and texts; they are carried out here, and a pickle with any other is refused.
"""

from __future__ import annotations

import pickletools
from typing import Any

_MOST_BYTES = 1_000_000
_TEXTS = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "SHORT_BINSTRING", "BINSTRING"}
_KEEP = {"PUT", "BINPUT", "LONG_BINPUT"}
_TAKE = {"GET", "BINGET", "LONG_BINGET"}
_MARK = object()


def pickled_names(data: bytes) -> list[str]:
    """The texts of a pickled list.

    Raises:
        ValueError: it is no pickle, or one of something else.
    """
    if len(data) > _MOST_BYTES:
        raise ValueError("pickle too long")
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for code, argument, _ in pickletools.genops(data):
        name = code.name
        try:
            if name == "STOP":
                break
            if name not in ("PROTO", "FRAME"):
                _carry_out(name, argument, stack, memo)
        except (IndexError, KeyError, AttributeError, TypeError):
            raise ValueError("damaged pickle") from None
    if len(stack) != 1 or not isinstance(stack[0], list) or not all(isinstance(text, str) for text in stack[0]):
        raise ValueError("no list of texts")
    return stack[0]


def _carry_out(name: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    if name in _TEXTS:
        stack.append(argument)
    elif name in ("EMPTY_LIST", "MARK"):
        stack.append([] if name == "EMPTY_LIST" else _MARK)
    elif name == "LIST":
        stack.append(_since_mark(stack))
    elif name == "APPEND":
        text = stack.pop()
        stack[-1].append(text)
    elif name == "APPENDS":
        texts = _since_mark(stack)
        stack[-1].extend(texts)
    elif name in _KEEP:
        memo[argument] = stack[-1]
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name in _TAKE:
        stack.append(memo[argument])
    else:
        raise ValueError(f"instruction {name}")


def _since_mark(stack: list[Any]) -> list[Any]:
    found: list[Any] = []
    while (top := stack.pop()) is not _MARK:
        found.append(top)
    return found[::-1]
