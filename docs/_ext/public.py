"""The reference of the public names, from `mpi.__all__`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import mpi

PATH = "generated/api.md"
_HEADS = {
    "functions": "Functions",
    "objects": "Objects",
    "errors": "Errors",
    "modules": "Modules",
}


def pages() -> Iterator[tuple[str, str]]:
    """Path and text of the page; autosummary makes those of the names."""
    lines = [
        "# Python",
        "",
        "Every public name of `mpi`. What is not here may change without notice.",
        "",
    ]
    groups = grouped()
    for kind, head in _HEADS.items():
        lines += [f"## {head}", "", *_summary(f"mpi.{name}" for name in groups[kind])]
    for name in groups["modules"]:
        module = getattr(mpi, name)
        # autodoc imports a module by its public path, and this one lives elsewhere
        sys.modules.setdefault(f"mpi.{name}", module)
        lines += [f"## mpi.{name}", "", *_summary(f"mpi.{name}.{one}" for one in module.__all__)]
    yield PATH, "\n".join(lines)


def grouped() -> dict[str, list[str]]:
    """Public names by what they are."""
    groups: dict[str, list[str]] = {kind: [] for kind in _HEADS}
    for name in mpi.__all__:
        groups[_kind(getattr(mpi, name))].append(name)
    return groups


def _kind(value: object) -> str:
    if inspect.ismodule(value):
        return "modules"
    if inspect.isclass(value):
        return "errors" if issubclass(value, BaseException) else "objects"
    return "functions"


def _summary(names: Iterator[str]) -> list[str]:
    listed = [f"   {name}" for name in names]
    return [
        "```{eval-rst}",
        ".. autosummary::",
        "   :toctree: api",
        "   :nosignatures:",
        "",
        *listed,
        "```",
        "",
    ]
