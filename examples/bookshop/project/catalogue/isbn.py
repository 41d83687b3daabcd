"""Telling a real ISBN from a slip of the keyboard."""

from __future__ import annotations

import re


def is_valid(isbn: str) -> bool:
    """Whether `isbn` is an ISBN-13: thirteen digits, hyphens or spaces between them, the last one a check."""
    if not re.fullmatch(r"97[89](?:[- ]?[0-9]){10}", isbn):
        return False
    digits = [int(digit) for digit in re.sub(r"[- ]", "", isbn)]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
