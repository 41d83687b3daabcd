# About catalogue/search.py
import unittest

from catalogue.books import load_books
from catalogue.search import search


def titles(query):
    return [book.title for book in search(load_books(), query)]


class Search(unittest.TestCase):
    def test_finds_words_of_the_title(self):
        self.assertEqual(titles("clouds"), ["A Field Guide to Clouds"])

    def test_every_word_must_be_there_in_any_order(self):
        self.assertEqual(titles("map fold"), ["Fifty Ways to Fold a Map"])
        self.assertEqual(titles("map unfold"), [])

    def test_a_beginning_of_a_word_is_enough(self):
        self.assertEqual(titles("carto"), ["The Cartographer's Daughter"])
        self.assertEqual(titles("ographer"), [])

    def test_finds_authors_too(self):
        self.assertEqual(titles("okafor small"), ["Small Numbers"])

    def test_capitals_do_not_matter(self):
        self.assertEqual(titles("SOUP"), ["Soup for Strangers"])

    def test_accents_do_not_matter_on_either_side(self):
        self.assertEqual(titles("zoe marten"), ["Trains that Run at Night"])
        self.assertEqual(titles("Zoë"), ["Trains that Run at Night"])
        self.assertEqual(titles("grâce small"), ["Small Numbers"])

    def test_matches_in_the_title_come_first(self):
        # "Ways" begins a word of a title; "Weber" is an author's name only.
        self.assertEqual(titles("w"), ["Salt, Flour, Water", "Fifty Ways to Fold a Map", "The Patient Baker"])

    def test_nothing_asked_nothing_found(self):
        self.assertEqual(titles("  "), [])


if __name__ == "__main__":
    unittest.main()
