# About catalogue/shelves.py
import unittest

from catalogue.books import load_books
from catalogue.shelves import shelves


class Shelves(unittest.TestCase):
    def setUp(self):
        self.shelves = shelves(load_books())

    def test_one_for_each_subject_in_alphabetical_order(self):
        self.assertEqual([shelf.subject for shelf in self.shelves], ["Cooking", "Fiction", "Nature", "Science"])

    def test_every_book_stands_on_one_shelf(self):
        standing = [book.isbn for shelf in self.shelves for book in shelf.books]
        self.assertEqual(sorted(standing), sorted(book.isbn for book in load_books()))

    def test_articles_do_not_count_in_the_order_of_titles(self):
        fiction = [book.title for book in self.shelves[1].books]
        self.assertEqual(
            fiction, ["The Cartographer's Daughter", "Fifty Ways to Fold a Map", "Trains that Run at Night"]
        )

    def test_what_is_sold_out_stands_last(self):
        nature = [book.title for book in self.shelves[2].books]
        self.assertEqual(nature, ["A Field Guide to Clouds", "The Lighthouse Keeper's Almanac", "Moss & Stone"])

    def test_no_books_no_shelves(self):
        self.assertEqual(shelves([]), [])


if __name__ == "__main__":
    unittest.main()
