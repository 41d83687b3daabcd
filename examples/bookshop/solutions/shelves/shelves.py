"""Which book stands where."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Iterable

from catalogue.books import Book

ARTICLES = ("a ", "an ", "the ")


@dataclass(frozen=True)
class Shelf:
    """The books of one subject, from left to right."""

    subject: str
    books: list[Book]


def shelves(books: Iterable[Book]) -> list[Shelf]:
    """One shelf for each subject, in alphabetical order."""
    standing = sorted(books, key=_place)
    return [Shelf(subject, list(group)) for subject, group in groupby(standing, key=lambda book: book.subject)]


def _place(book: Book) -> tuple[str, bool, str]:
    """What is sold out stands at the end of its shelf; the rest goes by title, leaving out its article."""
    return book.subject, book.stock == 0, _sort_title(book.title)


def _sort_title(title: str) -> str:
    folded = title.casefold()
    article = next((article for article in ARTICLES if folded.startswith(article)), "")
    return folded[len(article) :]
