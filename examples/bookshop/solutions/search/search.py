"""Finding books by a few words."""

from __future__ import annotations

import re
from typing import Iterable

from catalogue.books import Book


def search(books: Iterable[Book], query: str) -> list[Book]:
    """The books whose title or author has, for every word of `query`, a word that begins with it.

    Those whose title alone has them all come first; otherwise the order of `books` is kept.
    """
    asked = _words(query)
    if not asked:
        return []
    found = [book for book in books if _has(asked, f"{book.title} {book.author}")]
    return sorted(found, key=lambda book: not _has(asked, book.title))


def _has(asked: list[str], text: str) -> bool:
    there = _words(text)
    return all(any(word.startswith(beginning) for word in there) for beginning in asked)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
