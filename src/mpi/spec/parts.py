"""What the parts of a file have in common: ids, titles, notes, legal bases."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from mpi.spec.fields import Id, Text

Status: TypeAlias = Literal["statute", "guideline", "convention", "reconstruction"]


class Part(BaseModel):
    """Base of the parts of a file: unknown keys are errors, nothing can be changed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,)
    )

    def content(self) -> dict[str, object]:
        """Keys and values as they stand in a file; keys that are left out there are left out."""
        return self.model_dump(exclude_defaults=True, by_alias=True)


class Labelled(Part):
    """A part with an id and a title in one or more languages."""

    id: Id
    title: Text | None = None
    note: str = ""

    def label(self, language: str = "en") -> str:
        """Title in a language, else in English, else in any; the id if there is none."""
        if isinstance(self.title, str):
            return self.title
        titles = self.title or {}
        return titles.get(language) or titles.get("en") or next(iter(titles.values()), self.id)


class Basis(Part):
    """Where a threshold comes from: instrument, article, status."""

    instrument: str = Field(min_length=1)
    article: str = ""
    status: Status
    published: date | None = None
    link: str = ""
    note: str = ""
