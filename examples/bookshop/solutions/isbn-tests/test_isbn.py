import unittest

from catalogue.books import load_books
from catalogue.isbn import is_valid


class IsValid(unittest.TestCase):
    def test_accepts_hyphens_spaces_or_neither(self):
        for isbn in ["978-1-4028-1000-8", "978 1 4028 1000 8", "9781402810008"]:
            with self.subTest(isbn=isbn):
                self.assertTrue(is_valid(isbn))

    def test_accepts_every_book_that_the_shop_has(self):
        for book in load_books():
            with self.subTest(title=book.title):
                self.assertTrue(is_valid(book.isbn))

    def test_every_wrong_check_digit_is_noticed(self):
        for digit in "012345679":
            with self.subTest(digit=digit):
                self.assertFalse(is_valid("978-1-4028-1000-" + digit))

    def test_neighbours_swapped_are_noticed(self):
        self.assertTrue(is_valid("978-1-4028-1613-0"))
        self.assertFalse(is_valid("978-1-4028-1631-0"))

    def test_neighbours_that_differ_by_five_are_not(self):
        # The weights 1 and 3 move the sum by 2 × 5 then: a limit of the ISBN itself, not of this module.
        self.assertTrue(is_valid("978-1-4028-6113-0"))

    def test_must_have_thirteen_digits(self):
        for isbn in ["", "978-1-4028-1000", "978-1-4028-1000-80", "1-4028-1000-8"]:
            with self.subTest(isbn=isbn):
                self.assertFalse(is_valid(isbn))

    def test_must_begin_as_books_do(self):
        # The check digit is right; 977 is for magazines.
        self.assertFalse(is_valid("977-1-4028-1000-9"))

    def test_separators_stand_between_digits_and_one_at_a_time(self):
        for isbn in ["-9781402810008", "9781402810008-", "978--1402810008", "978.1402810008"]:
            with self.subTest(isbn=isbn):
                self.assertFalse(is_valid(isbn))

    def test_digits_are_plain_ones(self):
        self.assertFalse(is_valid("978140281000٨"))


if __name__ == "__main__":
    unittest.main()
