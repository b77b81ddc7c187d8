"""The pictures of the lessons' notebooks: a file a lesson, functions that return a Figure."""

import tinyalex.figures.plotting  # noqa: F401  before any file here imports Matplotlib
