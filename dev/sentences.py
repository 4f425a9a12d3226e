"""Which sentences each error can say, read off the source: every refusal, challenge and stop that is made there."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "consentry"
# What makes an error: where in its arguments the code (or status) and the sentence are.
MAKERS = {"Refusal": (0, 1), "_challenge": (1, 2), "Challenge": (2, 3), "Stop": (0, 1), "told": (1, 2)}
NAMES = ("error", "description")
APART = ("cli", "demo")  # what these say is read on a terminal
NAMESAKES = {"consentry.lines.told"}
DEEPEST = 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A file: its functions by name, what its own names stand for, what it imports, and in which function a node is."""

    tree: ast.Module
    functions: dict[str, Function]
    values: dict[str, list[ast.expr]]
    imports: dict[str, str]
    inside: dict[ast.AST, Function]


def of_errors() -> dict[str, list[str]]:
    """The error codes (of the gateway's stops: the statuses) with what they say, sorted; an ellipsis is what varies."""
    found: dict[str, set[str]] = {}
    for _, _, pairs in made():
        for code, sentence in pairs:
            found.setdefault(code, set()).add(sentence)
    return {code: sorted(sentences) for code, sentences in sorted(found.items())}


def made() -> Iterator[tuple[str, int, list[tuple[str, str]]]]:
    """(file, line, (code, sentence)s) of every error that is made."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE)
        if name.parts[0] in APART:
            continue
        module = _module(path)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                function = module.inside.get(node)
                if module.imports.get(node.func.id) in NAMESAKES:
                    continue
                if function is None or function.name not in MAKERS:
                    yield str(name), node.lineno, list(_pairs(module, node))


def returned(file: str, name: str) -> list[str]:
    """What a function can say."""
    return list(_returned(_module(SOURCE / file), name, DEEPEST))


def raised(makers: frozenset[str], room: str) -> list[tuple[str, int, list[str]]]:
    """(file, line, sentences) of every exception of these names that is made in the room."""
    found = []
    for path in sorted((SOURCE / room).rglob("*.py")):
        module = _module(path)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in makers and node.args:
                said = list(_texts(module, node.args[0], node, DEEPEST))
                found.append((str(path.relative_to(SOURCE)), node.lineno, said))
    return found


def handed_to(maker: str, code: int, words: int) -> list[tuple[str, str]]:
    """What is given to the function that puts sentences of one kind together: two of its arguments, by their places."""
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        module = _module(path)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == maker:
                first, second = (_argument(node, place, "") for place in (code, words))
                for one in _texts(module, first, node, DEEPEST) if first else ():
                    found |= {(one, said) for said in _texts(module, second, node, DEEPEST)} if second else set()
    return sorted(found)


@cache
def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    values: dict[str, list[ast.expr]] = {}
    imports: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values.setdefault(node.targets[0].id, []).append(node.value)
        if isinstance(node, ast.ImportFrom) and node.module:
            imports |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    inside = {node: function for function in functions.values() for node in ast.walk(function)}
    return Module(tree, functions, values, imports, inside)


def _imported(module: Module, name: str) -> Module | None:
    path = SOURCE.parent.joinpath(*module.imports.get(name, "nothing").split(".")).with_suffix(".py")
    return _module(path) if path.exists() else None


def _pairs(module: Module, call: ast.Call) -> Iterator[tuple[str, str]]:
    places = MAKERS[ast.unparse(call.func)]
    code, sentence = (_argument(call, place, name) for place, name in zip(places, NAMES, strict=True))
    function = module.inside.get(call)
    if code is None or sentence is None:
        return
    if function is not None and _is_parameter(function, code):  # the function's callers say both, together
        for node in _calls(module, function):
            given = _given(node, function, code)
            told = _given(node, function, sentence) or sentence
            for one in _texts(module, given, node, DEEPEST) if given else ():
                yield from ((one, said) for said in _texts(module, told, node, DEEPEST) if said)
        return
    for one in _texts(module, code, call, DEEPEST):
        yield from ((one, said) for said in _texts(module, sentence, call, DEEPEST) if said)


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return named or (call.args[place] if place < len(call.args) else None)


def _is_parameter(function: Function, value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in [one.arg for one in function.args.args]


def _given(call: ast.Call, function: Function, value: ast.expr) -> ast.expr | None:
    if not isinstance(value, ast.Name) or not _is_parameter(function, value):
        return None
    return _argument(call, [one.arg for one in function.args.args].index(value.id), value.id)


def _calls(module: Module, function: Function) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name:
            yield node


def _texts(module: Module, value: ast.expr, at: ast.AST, depth: int) -> Iterator[str]:  # noqa: C901, PLR0912 - one arm a form
    """All that the expression can be, as far as the source says; an ellipsis for what is told when it runs."""
    if not depth:
        return
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Constant(value=int(status)):
            yield str(status)
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            for first in _texts(module, left, at, depth - 1):
                yield from (first + second for second in _texts(module, right, at, depth - 1))
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _texts(module, part, at, depth - 1)
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(module, body, at, depth - 1)
            yield from _texts(module, other, at, depth - 1)
        case ast.Await(value=awaited):
            yield from _texts(module, awaited, at, depth - 1)
        case ast.Name(id=name):
            for one, there in _meanings(module, name, at):
                yield from _texts(module, one, there, depth - 1)
        case ast.Call(func=ast.Name(id=name)) if name in module.functions:
            yield from _returned(module, name, depth - 1)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=room), attr=name)) if other_file := _imported(module, room):
            yield from _returned(other_file, name, depth - 1)
        case ast.Attribute(value=ast.Name(id=room), attr=name) if other_file := _imported(module, room):
            for one in other_file.values.get(name, ()):
                yield from _texts(other_file, one, one, depth - 1)


def _returned(module: Module, name: str, depth: int) -> Iterator[str]:
    function = module.functions.get(name)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Return) and node.value is not None:
            yield from _texts(module, node.value, node, depth)


def _meanings(module: Module, name: str, at: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    function = module.inside.get(at)
    if function is not None:
        here = [value for value in _assigned(function, name) if value.lineno <= getattr(at, "lineno", 0)]
        yield from ((value, at) for value in here[-1:])
        if name in [one.arg for one in function.args.args]:
            for call in _calls(module, function):
                given = _given(call, function, ast.Name(name))
                if given is not None:
                    yield given, call
            return
    for value in module.values.get(name, ()):
        yield value, value


def _assigned(function: Function, name: str) -> list[ast.expr]:
    found = []
    for node in ast.walk(function):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == name and isinstance(value, ast.expr):
            found.append(value)
    return sorted(found, key=lambda value: value.lineno)
