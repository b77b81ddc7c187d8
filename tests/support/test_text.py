"""Counts and numbers in what users read."""

import pytest

from tinyalex.support.text import counted, rounded


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "picture", "0 pictures"),
        (1, "picture", "1 picture"),
        (2, "picture", "2 pictures"),
        (1, "class", "1 class"),
        (12345, "class", "12,345 classes"),
        (1, "broken picture", "1 broken picture"),
    ],
)
def test_counts(number, noun, words):
    assert counted(number, noun) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.5 / 30, "0.017"),
        (0.5 * 7 / 30, "0.12"),
        (0.5, "0.5"),
        (0.0, "0"),
        (3.44, "3.4"),
        (9.99, "10"),
        (126.6, "127"),
        (1234.5, "1234"),
    ],
)
def test_numbers(number, words):
    assert rounded(number) == words
