"""All regular expressions of the project, and texts that each of them nearly matches.

Found are: what modules and their classes hold, also in tables; what their cached functions compile; and the pattern
of every call of `re` in the source.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from re import _constants as codes
from re import _parser
from types import ModuleType
from typing import Any

PACKAGES = ("departments", "melikgazi", "tickets", "whatsapp")
DEPTH = 4  # of tables within tables that are looked through
# What the functions of `re` that take a pattern are called.
TAKES_PATTERN = frozenset(
    {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
)
MANY = 16  # repetitions from which a part of a pattern may be repeated without end
MOST_CHOICES = 4  # alternatives of a pattern that are tried
SAMPLES = "a1 \n-._<@\u0627'"  # of these the first that a set of characters has stands for it


@cache
def patterns() -> list[tuple[str, re.Pattern[Any]]]:
    """Every pattern with where it was found."""
    found: dict[tuple[Any, int], tuple[str, re.Pattern[Any]]] = {}
    for module in modules():
        held = chain_of(module)
        for name, pattern in held:
            found.setdefault((pattern.pattern, pattern.flags), (f"{module.__name__}.{name}", pattern))
    return list(found.values())


def chain_of(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Those of one module: held by it, compiled by its cached functions, written in a call."""
    for name, value in list(vars(module).items()):
        yield from ((name, each) for each in _within(value, module.__name__))
    for call in _calls(module):
        if (written := _written(call, module)) is not None:
            yield f"line {call.lineno}", re.compile(written)


@cache
def modules() -> list[ModuleType]:
    """Every module of the project but migrations."""
    return [module for name in PACKAGES for module in _modules(name)]


def _modules(name: str) -> Iterator[ModuleType]:
    package = importlib.import_module(name)
    yield package
    for each in pkgutil.walk_packages(package.__path__, f"{name}."):
        if ".migrations." not in each.name and not each.name.endswith(".__main__"):
            yield importlib.import_module(each.name)


def _within(value: Any, module: str, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < DEPTH:
        for each in _parts(value, module):
            yield from _within(each, module, depth + 1)


def _parts(value: Any, module: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from (*value.keys(), *value.values())
    elif isinstance(value, list | tuple | frozenset | set):
        yield from value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from (getattr(value, each.name) for each in fields(value))
    elif getattr(value, "__module__", None) != module:
        return
    elif isinstance(value, type):
        yield from (each for name, each in vars(value).items() if not name.startswith("__"))
    elif _compiles_once(value):
        yield value()


def _compiles_once(function: Any) -> bool:
    """Whether it is cached, takes nothing and calls `re`."""
    if not hasattr(function, "cache_info") or inspect.signature(function).parameters:
        return False
    return any(map(_takes_pattern, ast.walk(ast.parse(inspect.getsource(function)))))


def _takes_pattern(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in TAKES_PATTERN
    )


def _calls(module: ModuleType) -> Iterator[ast.Call]:
    """The calls of `re` that the module's source holds."""
    path = Path(str(module.__file__))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _takes_pattern(node):
            yield node


def _written(call: ast.Call, module: ModuleType) -> str | bytes | None:
    """The pattern as the call has it; a letter for each value that is known only when it runs. None for no literal."""
    pattern = call.args[0]
    if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str | bytes):
        return pattern.value
    if not isinstance(pattern, ast.JoinedStr):
        return None
    return "".join(_part(each, module) for each in pattern.values)


def _part(value: ast.expr, module: ModuleType) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    named = value.value if isinstance(value, ast.FormattedValue) else value
    known = getattr(module, named.id, None) if isinstance(named, ast.Name) else None
    return str(known) if isinstance(known, str | int) else "a"


def unread_calls() -> list[str]:
    """Calls in functions that are neither cached nor given a literal: nothing here knows their patterns."""
    return [
        f"{module.__name__}:{call.lineno}"
        for module in modules()
        for function in _functions(module)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _takes_pattern(call) and not _is_read(call, function, module)
    ]


def _functions(module: ModuleType) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _is_read(call: ast.Call, function: ast.FunctionDef, module: ModuleType) -> bool:
    if _written(call, module) is not None or _compiles_once(getattr(module, function.name, None)):
        return True
    # Called while its module is imported, what it returns is held there.
    calls = (
        node for node in ast.parse(inspect.getsource(module)).body if not isinstance(node, ast.FunctionDef)
    )
    names = {each.id for node in calls for each in ast.walk(node) if isinstance(each, ast.Name)}
    return function.name in names


# --- texts that a pattern nearly matches ---------------------------------------------------------------------


def near_matches(pattern: re.Pattern[Any]) -> list[str]:
    """Texts to be repeated: of each part of the pattern that repeats without end an example of it, of what stands
    before it, and of both.
    """
    parsed = _parser.parse(pattern.pattern, pattern.flags)
    ways = min(_choices(parsed), MOST_CHOICES)
    found = (
        piece
        for choice in range(ways)
        for before, pump in _endless(parsed, "", choice)
        for piece in (pump, before + pump)
    )
    return list(dict.fromkeys(filter(None, found)))


def _endless(tokens: Any, before: str, choice: int) -> Iterator[tuple[str, str]]:
    """What stands before each endless part, and one repetition of it."""
    for code, value in tokens:
        if code in _REPEATS and value[1] >= MANY:
            yield before, _example(value[2], choice)
        for body in value[1] if code == codes.BRANCH else [_body(code, value, choice) or ()]:
            yield from _endless(body, before, choice)
        before += _example([(code, value)], choice)


_REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})


def _body(code: Any, value: Any, choice: int) -> Any:
    """The part within a part of a pattern that its example takes, None where there is none."""
    if code in _REPEATS:
        return value[2]
    if code == codes.BRANCH:
        return value[1][choice % len(value[1])]
    if code == codes.SUBPATTERN:
        return value[3]
    return value if code == codes.ATOMIC_GROUP else None


def _choices(tokens: Any) -> int:
    """How many alternatives the branch with most of them has."""
    most = 1
    for code, value in tokens:
        branches = value[1] if code == codes.BRANCH else [_body(code, value, 0) or ()]
        most = max([most, len(branches), *map(_choices, branches)])
    return most


def _example(tokens: Any, choice: int) -> str:
    """A text that these parts of a pattern match; what looks around or at edges is left out."""
    return "".join(_example_of(code, value, choice) for code, value in tokens)


def _example_of(code: Any, value: Any, choice: int) -> str:
    if code == codes.LITERAL:
        return chr(value)
    if code == codes.IN:
        return _example_in(value)
    if code in (codes.ANY, codes.NOT_LITERAL):
        return next(letter for letter in SAMPLES if ord(letter) != value)
    if code in _REPEATS:
        return str(_example(value[2], choice)) * max(int(value[0]), 1)
    body = _body(code, value, choice)
    return "" if body is None else str(_example(body, choice))


def _example_in(items: Any) -> str:
    one = re.compile(_set_of(items), re.DOTALL)
    return next((letter for letter in SAMPLES if one.fullmatch(letter)), "") or _first_in(items)


def _first_in(items: Any) -> str:
    code, value = next(item for item in items if item[0] in (codes.LITERAL, codes.RANGE))
    return chr(value[0] if code == codes.RANGE else value)


_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


def _set_of(items: Any) -> str:
    """The set of characters as it is written in a pattern."""
    written = {
        codes.NEGATE: lambda _: "^",
        codes.LITERAL: lambda value: re.escape(chr(value)),
        codes.RANGE: lambda value: "-".join(re.escape(chr(end)) for end in value),
        codes.CATEGORY: _CATEGORIES.__getitem__,
    }
    parts = [str(written[code](value)) for code, value in items]
    return f"[{''.join(parts)}]"
