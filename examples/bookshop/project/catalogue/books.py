"""Reading the books from the owner's spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "books.csv"


@dataclass(frozen=True)
class Book:
    """One title that the shop sells; `price` is in cents, `stock` in copies."""

    isbn: str
    title: str
    author: str
    subject: str
    price: int
    stock: int


def load_books(path: Path = DATA) -> list[Book]:
    """Every book of the spreadsheet, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Book(
                isbn=row["isbn"],
                title=row["title"],
                author=row["author"],
                subject=row["subject"],
                price=int(row["price"]),
                stock=int(row["stock"]),
            )
            for row in csv.DictReader(file)
        ]
