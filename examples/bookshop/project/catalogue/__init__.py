"""The bookshop's back office: what books there are, and in what order they stand."""
