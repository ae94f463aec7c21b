"""From a file's content to a validated object, or to one error with all problems by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from mpi.errors import MpiError, Problem, nearest

Place: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_KINDS = {
    "string_type": "a text",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a table of keys",
    "dict_type": "a table of keys",
    "mapping_type": "a table of keys",
}
_HINTS = {
    "string_type": "Put it in quotes.",
    "tuple_type": "Tables of a list have two brackets, such as [[dimension]]; values stand in [ ].",
}
_HEADER = re.compile(r"(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"([A-Za-z0-9_\-\"'.]+)\s*=")


def validated(
    model: type[Model],
    data: Mapping[str, Any],
    *,
    source: str,
    error: type[MpiError],
    lines: Mapping[Place, int] | None = None,
) -> Model:
    """The object that `data` describes.

    Parameters
    ----------
    model : type of pydantic model
        What is described.
    data : mapping
        Content of a file or arguments.
    source : str
        Name of the file or object in messages.
    error : type of MpiError
        What to raise.
    lines : mapping of place to int, optional
        Line of each key, from `line_numbers`.

    Raises
    ------
    MpiError
        Of type `error`, with every problem, its place and line.
    """
    try:
        return model.model_validate(data)
    except ValidationError as failure:
        items = failure.errors(include_url=False)
        found = [
            problem
            for item in items
            if not _follows_from_another(item, items)
            for problem in _problems(item, data, lines or {}, model)
        ]
        raise error(source, list(dict.fromkeys(found))) from None


def line_numbers(text: str) -> dict[Place, int]:
    r"""Line of each table and key of a TOML text, by its place in the content.

    Examples
    --------
    >>> line_numbers('id = "x"\n[[dimension]]\nweight = "1/2"')[("dimension", 0, "weight")]
    3
    """
    places: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    inside: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if inside is not None:
            inside = None if inside in line else inside
            continue
        stripped = line.strip()
        header, key = _HEADER.fullmatch(stripped), _KEY.match(stripped)
        if header is not None:
            table = _table_place(header[2], counts, repeated=header[1] == "[[")
            places.setdefault(table, number)
        elif key is not None:
            names = [part.strip("\"' ") for part in key[1].split(".")]
            places.setdefault((*table, *names), number)
            inside = next((q for q in ('"""', "'''") if line.count(q) == 1), None)
    return places


def _table_place(name: str, counts: dict[Place, int], *, repeated: bool) -> Place:
    """Place of a table header; tables of a list are numbered."""
    place: Place = ()
    parts = [part.strip("\"' ") for part in name.split(".")]
    for depth, part in enumerate(parts):
        place = (*place, part)
        if repeated and depth == len(parts) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _problems(
    item: Any,  # noqa: ANN401 -- pydantic's own record of an error
    data: Mapping[str, Any],
    lines: Mapping[Place, int],
    model: type[BaseModel],
) -> list[Problem]:
    place = tuple(part for part in item["loc"] if _is_in(part, item["loc"]))
    where = described(place, data, lines)
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "missing":
        return [Problem(where, "is not given", "It has to be there.")]
    if item["type"] == "extra_forbidden":
        remedy = nearest(str(place[-1]), _known_keys(model))
        return [Problem(where, "is not a key that can stand here", remedy=remedy)]
    if item["type"] == "too_short":
        return [Problem(where, "is empty", "At least one is needed.")]
    if item["type"] == "value_error" and not place:
        return [Problem("", *_found_and_expected(part)) for part in message.split("\n")]
    if item["type"] == "value_error":
        return [Problem(where, *_found_and_expected(message))]
    return [Problem(where, *_of_type(item, message))]


def _of_type(item: Any, message: str) -> tuple[str, str]:  # noqa: ANN401
    """What was found and expected where a value is of a wrong type, empty, or no choice."""
    kind, value = str(item["type"]), item["input"]
    shown = "this" if isinstance(value, (dict, list, tuple)) else _short(value)
    if kind == "literal_error":
        return f"{shown} is none of the choices", f"Choose {item['ctx']['expected']}."
    if kind == "too_short":
        return "is empty", "At least one is needed."
    if kind == "too_long":
        return f"has more than {item['ctx']['max_length']} entries", ""
    if kind in _KINDS:
        return f"{shown} is not {_KINDS[kind]}", _HINTS.get(kind, "")
    plain = "" if shown == "this" else f": {shown}"
    return message[:1].lower() + message[1:] + plain, ""


def described(place: Place, data: Any, lines: Mapping[Place, int]) -> str:  # noqa: ANN401
    """Words for a place: line, and the ids on the way to it."""
    words: list[str] = []
    node = data
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
    for depth, part in enumerate(place):
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(part, int):
            named = isinstance(node, Mapping)
            name = node.get("id", node.get("name", part + 1)) if named else part + 1
            words[-1:] = [
                f"{place[depth - 1]} {name!r}"
                if isinstance(name, str)
                else f"{place[depth - 1]} {name}"
            ]
        else:
            words.append(str(part))
    return ", ".join(([f"line {line}"] if line is not None else []) + words)


def _follows_from_another(item: Any, items: list[Any]) -> bool:  # noqa: ANN401
    """Whether a list is called too short only because its items are wrong."""
    place = item["loc"]
    return item["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in items
    )


def _is_in(part: str | int, place: Place) -> bool:
    """Whether a part of pydantic's location is a key, not the name of one of its alternatives."""
    return isinstance(part, int) or "[" not in part or part == place[0]


def _known_keys(model: type[BaseModel]) -> set[str]:
    keys: set[str] = set()
    for definition in [schema := model.model_json_schema(), *schema.get("$defs", {}).values()]:
        keys |= set(definition.get("properties", {}))
    return keys


def _found_and_expected(message: str) -> tuple[str, str]:
    """First sentence and the rest; a pointer into a rule stays below."""
    first, newline, rest = message.partition("\n")
    if newline:
        return f"{first}\n{rest}", ""
    found, stop, expected = first.partition(". ")
    return found + ("." if stop else ""), expected


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
