"""Specification files: TOML in and out, the bundled ones, and a JSON Schema for editors."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from mpi.errors import MpiError, Problem, SpecificationError, nearest
from mpi.spec.model import Specification
from mpi.spec.validation import Place, line_numbers, validated

LARGEST_FILE = 5_000_000  # bytes; the largest bundled file has about 30,000


def specification(source: str | os.PathLike[str] | Mapping[str, Any]) -> Specification:
    """Specification from a bundled id, a TOML file, or the content of one.

    Parameters
    ----------
    source : str, path or mapping
        An id that `mpi specs` lists, such as ``"colombia-dane"``, a path to a ``.toml`` file, or
        a mapping with the keys of such a file.

    Returns
    -------
    Specification

    Raises
    ------
    SpecificationError
        If there is no such id or file, or with every problem of the file and its line.

    Examples
    --------
    >>> specification("colombia-dane").cutoff
    Fraction(1, 3)
    """
    if isinstance(source, Mapping):
        name = str(source.get("id", "specification"))
        return validated(Specification, source, source=name, error=SpecificationError)
    text, name = read_text(source, library("spec"), kind="specification", error=SpecificationError)
    content, lines = load_toml(text, name, error=SpecificationError)
    return validated(Specification, content, source=name, error=SpecificationError, lines=lines)


def json_schema() -> str:
    """JSON Schema of specification files, for completion and checks in editors."""
    schema = Specification.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def library(package: str) -> Traversable:
    """Folder of the bundled files of ``spec`` or ``survey``."""
    return resources.files(f"mpi.{package}") / "library"


def bundled(package: str) -> list[str]:
    """Ids of the bundled files, in alphabetical order.

    Examples
    --------
    >>> "colombia-dane" in bundled("spec")
    True
    """
    files = library(package).iterdir()
    return sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml"))


def read_text(
    source: object, folder: Traversable, *, kind: str, error: type[MpiError]
) -> tuple[str, str]:
    """Text and name of a bundled file, or of a file at a path."""
    if not isinstance(source, str | os.PathLike):
        found = f"an object of type {type(source).__name__!r} is no {kind}"
        raise error(kind, [Problem("", found, f"Give a {kind}, a bundled id or a path.")])
    name = os.fspath(source)
    known = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if ".toml" in f.name)
    if name in known:
        return (folder / f"{name}.toml").read_text(encoding="utf-8"), name
    path = Path(name)
    if path.suffix != ".toml":
        expected = f"Bundled are {', '.join(known)}; a file ends in .toml."
        found = f"there is no bundled {kind} of this name"
        raise error(repr(name), [Problem("", found, expected, nearest(name, known))])
    return read_file(path, kind=kind, error=error), path.name


def read_file(path: Path, *, kind: str, error: type[MpiError]) -> str:
    """Text of a TOML file."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise error(path.name, [Problem("", "is larger than 5 MB", f"No {kind} is.")])
        return path.read_text(encoding="utf-8-sig")  # editors of Windows mark the start
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or "it is not UTF-8 text"
        remedy = f"Give the path of a {kind} file, as UTF-8 text."
        raise error(path.name, [Problem("", f"cannot be read: {reason}", remedy=remedy)]) from cause


def load_toml(
    text: str, name: str, *, error: type[MpiError]
) -> tuple[Mapping[str, Any], Mapping[Place, int]]:
    """Content of a TOML text and the line of each key."""
    try:
        return tomllib.loads(text), line_numbers(text)
    except RecursionError:
        raise error(name, [Problem("", "is not TOML: it is nested too deep")]) from None
    except ValueError as cause:
        last = text.count("\n") + 1
        reason = str(cause).replace("at end of document", f"at the end, line {last}")
        reason = "a number is too long" if "digits" in reason else reason
        remedy = "Correct this line; a text stands in quotes, and a list in brackets."
        raise error(name, [Problem("", f"is not TOML: {reason}", remedy=remedy)]) from None
