"""The catalogue as the shop wants it: JSON."""

from __future__ import annotations

import json
from typing import Iterable

from catalogue.books import Book
from catalogue.isbn import is_valid
from catalogue.shelves import shelves


def to_json(books: Iterable[Book]) -> str:
    """`{"shelves": [{"subject", "books": [{"isbn", "title", "author", "price", "inStock"}]}]}`.

    Raises ValueError, naming the book, when an ISBN is not one.
    """
    exported = [
        {"subject": shelf.subject, "books": [_public(book) for book in shelf.books]} for shelf in shelves(books)
    ]
    return json.dumps({"shelves": exported}, ensure_ascii=False, indent=2)


def _public(book: Book) -> dict[str, object]:
    """What a customer may know of a book: whether there is one, not how many."""
    if not is_valid(book.isbn):
        raise ValueError(f"{book.title}: {book.isbn} is not an ISBN")
    return {
        "isbn": book.isbn,
        "title": book.title,
        "author": book.author,
        "price": book.price,
        "inStock": book.stock > 0,
    }
