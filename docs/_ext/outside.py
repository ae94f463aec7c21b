"""Pages that stand outside the folder of the documentation: changelog and list of notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, relpath

ROOT = Path(__file__).parents[2]
# file of the project -> its page on the site
_PAGES = {"CHANGELOG.md": "generated/changes.md", "notebooks/README.md": "generated/notebooks.md"}
_OUTSIDE = re.compile(rf"\]\((?:\.\./)+({'|'.join(map(re.escape, _PAGES))})\)")
_RELATIVE = re.compile(r"\]\((?!https://|#)([^)\s]+)\)")


def pages() -> Iterator[tuple[str, str]]:
    """Path and text of each page, its links as seen from the new place."""
    for name, path in _PAGES.items():
        yield path, _moved((ROOT / name).read_text(encoding="utf-8"), name, f"docs/{path}")


def _moved(text: str, old: str, new: str) -> str:
    """A page whose relative links hold from another place of the project."""

    def lead(link: re.Match[str]) -> str:
        return f"]({relpath(join(dirname(old), link[1]), dirname(new))})"

    return _RELATIVE.sub(lead, text)


def inside(text: str, docname: str) -> str:
    """A page whose links to the files above lead to their pages."""
    up = "../" * docname.count("/")
    return _OUTSIDE.sub(lambda link: f"]({up}{_PAGES[link[1]]})", text)
