"""A page of HTML as what it says: elements, texts, tables; for the tests of reports."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "source", "img", "wbr", "br", "link", "input", "base", "embed"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    lang: str
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags):
        """Elements within it, in order; of some tags if they are named."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self):
        parts = [c if isinstance(c, str) else c.text for c in self.children]
        return "".join(parts)

    def text_in(self, lang):
        """Text of the parts in a language, and of their attributes that are read."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child if self.lang == lang and self.tag != "style" else "")
            else:
                read = child.attributes.get("alt") or ""
                parts += [read if child.lang == lang else "", child.text_in(lang)]
        return " ".join(parts)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {}, "")
        self._open = [self.root]

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), f"an attribute of <{tag}> is there twice"
        lang = attributes.get("lang") or self._open[-1].lang
        element = Element(tag, attributes, lang)
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data):
        self._open[-1].children.append(data)


def read(path):
    """The document of a file, whose elements are all closed in order."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert [element.tag for element in reader._open] == ["document"]
    return reader.root


def one(page, tag):
    (found,) = page.all(tag)
    return found


def by_id(page, name):
    (found,) = [e for e in page.all() if e.attributes.get("id") == name]
    return found


def cells(table):
    """Texts of the rows of a table's body."""
    body = one(table, "tbody")
    return [[cell.text for cell in row.all("th", "td")] for row in body.all("tr")]


def table(page, title):
    """The first table of a title, without its number."""
    found = [t for t in page.all("table") if one(t, "caption").text.split(". ", 1)[1] == title]
    assert found, [one(t, "caption").text for t in page.all("table")]
    return found[0]


def plain(text):
    """Text with single spaces."""
    return re.sub(r"\s+", " ", text).strip()
