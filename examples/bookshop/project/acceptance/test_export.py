# About catalogue/export.py
import json
import subprocess
import sys
import unittest
from dataclasses import replace

from catalogue.books import load_books
from catalogue.export import to_json


class Export(unittest.TestCase):
    def test_has_the_shelves_in_their_order(self):
        exported = json.loads(to_json(load_books()))
        self.assertEqual(
            [shelf["subject"] for shelf in exported["shelves"]], ["Cooking", "Fiction", "Nature", "Science"]
        )

    def test_a_book_is_what_a_customer_may_know(self):
        exported = json.loads(to_json(load_books()))
        self.assertEqual(
            exported["shelves"][2]["books"][-1],
            {
                "isbn": "978-1-4028-5904-5",
                "title": "Moss & Stone",
                "author": "Ada Lindqvist",
                "price": 1600,
                "inStock": False,
            },
        )

    def test_accents_stay_readable(self):
        self.assertIn("Zoë Märtens", to_json(load_books()))

    def test_a_wrong_isbn_is_named(self):
        wrong = replace(load_books()[0], isbn="978-1-4028-1000-9")
        with self.assertRaisesRegex(ValueError, "Trains that Run at Night.*978-1-4028-1000-9"):
            to_json([wrong])


class Command(unittest.TestCase):
    def run_catalogue(self, *words):
        command = [sys.executable, "-m", "catalogue", *words]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        return json.loads(output.decode("utf-8"))

    def test_prints_everything(self):
        books = [book for shelf in self.run_catalogue()["shelves"] for book in shelf["books"]]
        self.assertEqual(len(books), 12)

    def test_prints_what_was_searched_for(self):
        found = self.run_catalogue("okafor", "small")
        self.assertEqual([shelf["subject"] for shelf in found["shelves"]], ["Science"])
        self.assertEqual([book["title"] for book in found["shelves"][0]["books"]], ["Small Numbers"])


if __name__ == "__main__":
    unittest.main()
