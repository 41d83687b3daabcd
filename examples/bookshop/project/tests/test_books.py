import unittest

from catalogue.books import load_books


class LoadBooks(unittest.TestCase):
    def test_reads_every_row(self):
        self.assertEqual(len(load_books()), 12)

    def test_keeps_commas_quotes_and_accents(self):
        titles = {book.title: book.author for book in load_books()}
        self.assertEqual(titles["Salt, Flour, Water"], "Noémie Laurent")
        self.assertIn('The "Perfect" Machine', titles)

    def test_reads_prices_as_cents(self):
        prices = {book.title: book.price for book in load_books()}
        self.assertEqual(prices["Fifty Ways to Fold a Map"], 999)


if __name__ == "__main__":
    unittest.main()
