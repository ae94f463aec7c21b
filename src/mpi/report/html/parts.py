"""What a page is made of: sections with blocks, before they are HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mpi.findings import Findings
from mpi.report.tables import Table


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as a data address, with its size in pixels of the page."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: for a desk and for a telephone, with its texts.

    Attributes
    ----------
    title : str
    notes : tuple of str
        Lines below it.
    description : str
        What it shows, for those who do not see it.
    wide, narrow : Image
    findings : Findings
        What the user should know about it.
    """

    title: str
    notes: tuple[str, ...]
    description: str
    wide: Image
    narrow: Image
    findings: Findings
    kind: Literal["picture"] = field(default="picture", init=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A table; the language of its cells if it is another than that of the page."""

    table: Table
    lang: str = ""
    kind: Literal["table"] = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a warning stands in a box."""

    text: str
    warning: bool = False
    kind: Literal["text"] = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Card:
    """A main figure with its interval."""

    title: str
    value: str
    limits: str
    text: str


@dataclass(frozen=True, slots=True)
class Cards:
    """Main figures side by side."""

    cards: tuple[Card, ...]
    kind: Literal["cards"] = field(default="cards", init=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """Words with what they mean; the texts of some are in English on every page."""

    rows: tuple[tuple[str, str], ...]
    english: tuple[str, ...] = ()
    kind: Literal["terms"] = field(default="terms", init=False)


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that are unfolded on demand."""

    title: str
    blocks: tuple[Picture | Shown | Text, ...]
    kind: Literal["folded"] = field(default="folded", init=False)


Block: TypeAlias = Picture | Shown | Text | Cards | Terms | Folded


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its own heading."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    def flat(self) -> Iterator[Block]:
        """Blocks, those that are folded among them."""
        for block in self.blocks:
            yield block
            if isinstance(block, Folded):
                yield from block.blocks


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report.

    Attributes
    ----------
    language, title : str
    lead : tuple of str
        Lines below the title: what was measured, when, on how many.
    warnings : tuple of str
        What has to be known first.
    sections : tuple of Section
    foot : str
    """

    language: str
    title: str
    lead: tuple[str, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    foot: str
