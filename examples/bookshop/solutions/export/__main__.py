"""`python3 -m catalogue [WORD…]`: prints the catalogue, or the books that the words find, as JSON."""

from __future__ import annotations

import sys

from catalogue.books import load_books
from catalogue.export import to_json
from catalogue.search import search


def main(words: list[str]) -> None:
    books = load_books()
    # Written as bytes: the shop reads UTF-8, whatever the terminal's language is.
    sys.stdout.buffer.write(to_json(search(books, " ".join(words)) if words else books).encode("utf-8") + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
