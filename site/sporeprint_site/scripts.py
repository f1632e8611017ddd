"""The app's modules as phones get them: without comments and needless spaces, line for line as they were written.

Half of a module is documentation, which no phone needs. Line breaks stay, so that an error's line number is the one
in the source, and nothing is renamed: whoever debugs a site reads the code that was written.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[\w$\#]+)
    |(?P<space>[ \t]+)
    |(?P<line>\n)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])*/[a-z]*")
_TEMPLATE_TEXT = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)
# A slash after one of these begins a regular expression; after anything else it divides.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%<>~^")
_WORDS_BEFORE_REGEX = frozenset(
    ("await", "case", "delete", "do", "else", "in", "new", "of", "return", "throw", "typeof", "void", "yield")
)
# Beside one of these a space parts nothing. Not + - / and the dot: two of them in a row mean something else.
_PARTING = frozenset("(){}[];,:?=<>&|!*%^~\"'`")


def without_comments(source: str) -> str:
    """A module's code with its line breaks, without comments and spaces that part nothing.

    Args:
        source: a module of ECMAScript that a browser accepts.
    """
    return _Stripper(source).code(until="")


class _Stripper:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._before = ""
        """The last token that was no space, which decides what a slash means."""

    def code(self, until: str) -> str:
        """Code up to the end of the source, or to the brace that closes the expression in a template."""
        out: list[str] = []
        depth = 0
        while self._at < len(self._source):
            if self._source[self._at] == "`":
                out.append(self._template())
                continue
            token, kind = self._next()
            if kind == "other" and token == "{":
                depth += 1
            elif kind == "other" and token == "}":
                if until and depth == 0:
                    break
                depth -= 1
            out.append(self._kept(token, kind, out[-1][-1:] if out else "\n"))
        return "".join(out)

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self._source, self._at)
        assert match  # one of the alternatives takes any character
        token, kind = match[0], str(match.lastgroup)
        if token == "/" and self._regex_may_begin() and (regex := _REGEX.match(self._source, self._at)):
            token, kind = regex[0], "string"
        self._at += len(token)
        if kind not in ("space", "line", "comment"):
            self._before = token
        return token, kind

    def _regex_may_begin(self) -> bool:
        return not self._before or self._before in _BEFORE_REGEX or self._before in _WORDS_BEFORE_REGEX

    def _kept(self, token: str, kind: str, before: str) -> str:
        """What is written of a token.

        Args:
            token: as it stands in the source.
            kind: which alternative of `_TOKEN` took it.
            before: the character before it, or "" where nothing was written.
        """
        if kind == "comment" and "\n" in token:
            return "\n" * token.count("\n")
        if kind not in ("space", "comment"):
            return token
        after = self._source[self._at : self._at + 1]
        # A comment parts words as a space does.
        parts = before not in _PARTING and after not in _PARTING and before not in ("", " ", "\n")
        return " " if parts else ""

    def _template(self) -> str:
        out = ["`"]
        self._at += 1
        while self._at < len(self._source):
            text = _TEMPLATE_TEXT.match(self._source, self._at)
            assert text  # it may be empty
            out.append(text[0])
            self._at = text.end()
            if self._source.startswith("${", self._at):
                self._at, self._before = self._at + 2, "{"
                out.append("${" + self.code(until="}") + "}")
            else:
                self._at += 1
                break
        self._before = "`"
        return "".join([*out, "`"])
