"""Expressions of `when`: text to a tree in which every node knows where it stood.

    or:   and (OR and)*          and: not (AND not)*          not: NOT not | comparison
    comparison: sum ((< | <= | > | >= | == | !=) sum | [NOT] IN list | IS [NOT] MISSING)?    one, never a chain
    sum:  product ((+ | -) product)*       product: unary ((* | / | %) unary)*       unary: - unary | atom
    atom: NUMBER | STRING | TRUE | FALSE | path | ( or )     path: name (. name)*     list: [ atom (, atom)* ]

Words are upper or lower case. There are no calls and no patterns: an expression always ends, in time that grows with
its length. The limits are checked before anything is built or descended into.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from policies.errors import ProblemCode
from policies.globs import quoted
from policies.nodes import SourceError, number

# Limits of one expression, so that whoever writes one cannot make the gate slow. Source: docs/policy.md, "Limits".
MAX_EXPRESSION_CHARS: Final = 4_096
MAX_EXPRESSION_DEPTH: Final = 32
MAX_EXPRESSION_NODES: Final = 256
MAX_PATH_NAMES: Final = 16
MAX_LISTED: Final = 256

Scalar = bool | int | float | str


class ExpressionError(Exception):
    """Text that is no expression; `at` counts characters from 0. Internal, becomes a load error."""

    def __init__(self, message: str, *, at: int, code: ProblemCode = ProblemCode.SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.code = code


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the expression."""

    value: Scalar
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """A field by its names from the outermost on."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """The path as it is written."""
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Junction:
    """Terms of which all (AND) or one (OR) must hold."""

    is_and: bool
    terms: tuple[Term, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT."""

    term: Term
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two terms and one of < <= > >= == !=."""

    operator: str
    left: Term
    right: Term
    at: int


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a term is one of the listed values, or none of them."""

    term: Term
    listed: tuple[Literal, ...]
    is_negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether a path is absent, or is there: the one test that is never unknown."""

    path: Path
    is_negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two terms and one of + - * / %."""

    operator: str
    left: Term
    right: Term
    at: int


@dataclass(frozen=True, slots=True)
class Minus:
    """A number with the other sign."""

    term: Term
    at: int


Term = Literal | Path | Junction | Negation | Comparison | Membership | Missing | Arithmetic | Minus

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?(?![\w.]))
    |(?P<string>"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign><=|>=|==|!=|[-+*/%<>().,\[\]]))""",
    re.VERBOSE,
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "IS", "MISSING", "TRUE", "FALSE"})
_HINTS: Final = {"&": "AND", "|": "OR", "=": "==", "!": "NOT"}
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, string, name, word, sign, end
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            rest = len(text) - len(text[at:].lstrip())
            if rest == len(text):
                found.append(_Token("end", "", rest))
                return found
            raise ExpressionError(_unexpected(text[rest]), at=rest)
        kind = match.lastgroup or ""
        word, start = match[kind], match.start(kind)
        if kind == "name" and word in _WORDS | {name.lower() for name in _WORDS}:
            kind, word = "word", word.upper()
        found.append(_Token(kind, word, start))
        at = match.end()


def _unexpected(character: str) -> str:
    hint = f"; did you mean {_HINTS[character]}?" if character in _HINTS else ""
    if character in "\"'":
        hint = "; a text ends with the quote it began with"
    return f"unexpected {quoted(character)}{hint}"


def parse_expression(text: str) -> Term:
    """The tree of an expression.

    Raises: ExpressionError at the first thing that is not acceptable.
    """
    if len(text) > MAX_EXPRESSION_CHARS:
        message = f"an expression has at most {MAX_EXPRESSION_CHARS} characters, got {len(text)}"
        raise ExpressionError(message, at=0, code=ProblemCode.LIMIT)
    return _Parser(_tokens(text)).whole()


class _Parser:
    """Recursive descent over tokens; every descent is counted before it is made."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._nodes = 0

    def whole(self) -> Term:
        """The only expression of the text."""
        term = self._or()
        if self._now.kind != "end":
            raise self._wrong("the end")
        return term

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place]

    def _wrong(self, expected: str) -> ExpressionError:
        got = "the end" if self._now.kind == "end" else quoted(self._now.text)
        hint = "; comparisons do not chain, join two with AND" if self._now.text in _COMPARISONS else ""
        return ExpressionError(f"expected {expected}, got {got}{hint}", at=self._now.at)

    def _take(self, *texts: str) -> _Token | None:
        """The token, when it is one of these words or signs."""
        token = self._now
        if token.kind in ("word", "sign") and token.text in texts:
            self._place += 1
            return token
        return None

    def _need(self, text: str) -> _Token:
        token = self._take(text)
        if token is None:
            raise self._wrong(quoted(text))
        return token

    def _made(self, term: Term) -> Term:
        self._nodes += 1
        if self._nodes > MAX_EXPRESSION_NODES:
            message = f"an expression has at most {MAX_EXPRESSION_NODES} parts"
            raise ExpressionError(message, at=term.at, code=ProblemCode.LIMIT)
        return term

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_EXPRESSION_DEPTH:
            message = f"an expression nests at most {MAX_EXPRESSION_DEPTH} deep"
            raise ExpressionError(message, at=self._now.at, code=ProblemCode.LIMIT)

    def _or(self) -> Term:
        self._deeper()
        term = self._junction("OR", self._and)
        self._depth -= 1
        return term

    def _and(self) -> Term:
        return self._junction("AND", self._not)

    def _junction(self, word: str, next_term: Callable[[], Term]) -> Term:
        at = self._now.at
        terms = [next_term()]
        while self._take(word):
            terms.append(next_term())
        return terms[0] if len(terms) == 1 else self._made(Junction(word == "AND", tuple(terms), at))

    def _not(self) -> Term:
        token = self._take("NOT")
        if token is None:
            return self._comparison()
        self._deeper()
        term = self._not()
        self._depth -= 1
        return self._made(Negation(term, token.at))

    def _comparison(self) -> Term:
        left = self._sum()
        sign = self._take(*_COMPARISONS)
        if sign is not None:
            found = self._made(Comparison(sign.text, left, self._sum(), sign.at))
        elif self._now.text in ("IN", "NOT") and self._now.kind == "word":
            found = self._membership(left)
        elif self._take("IS"):
            is_negated = self._take("NOT") is not None
            token = self._need("MISSING")
            if not isinstance(left, Path):
                raise ExpressionError("only a field can be missing", at=token.at)
            found = self._made(Missing(left, is_negated, left.at))
        else:
            return left
        if self._now.text in _COMPARISONS and self._now.kind == "sign":
            raise self._wrong("AND or OR")
        return found

    def _membership(self, left: Term) -> Term:
        is_negated = self._take("NOT") is not None
        token = self._need("IN")
        self._need("[")
        listed = [self._listed()]
        while self._take(","):
            if len(listed) == MAX_LISTED:
                message = f"a list has at most {MAX_LISTED} values"
                raise ExpressionError(message, at=self._now.at, code=ProblemCode.LIMIT)
            listed.append(self._listed())
        self._need("]")
        return self._made(Membership(left, tuple(listed), is_negated, token.at))

    def _listed(self) -> Literal:
        minus = self._take("-")
        value = self._literal()
        if value is None or (minus and (isinstance(value.value, (str, bool)))):
            raise self._wrong("a number, a text, TRUE or FALSE")
        if minus and not isinstance(value.value, str):
            return Literal(-value.value, minus.at)
        return value

    def _sum(self) -> Term:
        left = self._product()
        while token := self._take("+", "-"):
            left = self._made(Arithmetic(token.text, left, self._product(), token.at))
        return left

    def _product(self) -> Term:
        left = self._unary()
        while token := self._take("*", "/", "%"):
            left = self._made(Arithmetic(token.text, left, self._unary(), token.at))
        return left

    def _unary(self) -> Term:
        token = self._take("-")
        if token is None:
            return self._atom()
        self._deeper()
        term = self._unary()
        self._depth -= 1
        return self._made(Minus(term, token.at))

    def _atom(self) -> Term:
        if self._take("("):
            term = self._or()
            self._need(")")
            return term
        literal = self._literal()
        if literal is not None:
            return self._made(literal)
        if self._now.kind != "name":
            raise self._wrong("a value")
        at = self._now.at
        names = [self._name()]
        while self._take("."):
            if len(names) == MAX_PATH_NAMES:
                message = f"a path has at most {MAX_PATH_NAMES} names"
                raise ExpressionError(message, at=at, code=ProblemCode.LIMIT)
            names.append(self._name())
        if self._now.text == "(" and self._now.kind == "sign":
            raise ExpressionError("there are no functions", at=self._now.at)
        return self._made(Path(tuple(names), at))

    def _name(self) -> str:
        token = self._now
        if token.kind != "name":
            raise self._wrong("a name")
        self._place += 1
        return token.text

    def _literal(self) -> Literal | None:
        token = self._now
        if token.kind == "word" and token.text in ("TRUE", "FALSE"):
            value: Scalar = token.text == "TRUE"
        elif token.kind == "string":
            value = re.sub(r"\\(.)", r"\1", token.text[1:-1])
        elif token.kind == "number":
            try:
                value = number(token.text, line=0, column=0)
            except SourceError as error:
                raise ExpressionError(error.message, at=token.at, code=error.code) from None
        else:
            return None
        self._place += 1
        return Literal(value, token.at)
