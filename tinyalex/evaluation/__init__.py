"""What `python -m tinyalex.evaluate` does.

Read in this order: matching (whose class is which), pictures (on what), ensemble (the loop over
the pictures), measures, table (on the terminal), results (in files).
"""

from tinyalex.evaluation.ensemble import Answers, Ensemble
from tinyalex.evaluation.matching import match_classes
from tinyalex.evaluation.measures import measure
from tinyalex.evaluation.pictures import ChosenPictures, choose_pictures
from tinyalex.evaluation.results import write_results
from tinyalex.evaluation.table import table

__all__ = [
    "Answers",
    "ChosenPictures",
    "Ensemble",
    "choose_pictures",
    "match_classes",
    "measure",
    "table",
    "write_results",
]
