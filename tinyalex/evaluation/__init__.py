"""What `python -m tinyalex.evaluate` does.

Read in this order: matching (folders to network classes), runs (what the networks were trained on),
pictures (what they are measured on), ensemble (the loop over the pictures), measures, table (for
the terminal), results (files).
"""

from tinyalex.evaluation.ensemble import Answers, Ensemble
from tinyalex.evaluation.matching import match_classes
from tinyalex.evaluation.measures import measure
from tinyalex.evaluation.pictures import ChosenPictures, choose_pictures
from tinyalex.evaluation.results import write_results
from tinyalex.evaluation.runs import training_run
from tinyalex.evaluation.table import table

__all__ = [
    "Answers",
    "ChosenPictures",
    "Ensemble",
    "choose_pictures",
    "match_classes",
    "measure",
    "table",
    "training_run",
    "write_results",
]
