# %% after=""
import numpy as np

from tinyalex import metrics
from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_12 import figures as pictures
from tinyalex.coursework.lesson_12 import intervals, measured

# %% after="The confusion matrix and its four counts"
matrix = np.array([[72, 8, 0], [6, 9, 0], [4, 0, 1]])
explore(lambda k: pictures.four_counts(matrix, "ABC", k), {"k": 1}, k=[0, 1, 2])

# %% after="The confusion matrix and its four counts"
# The table above, by the library: a number for each of A, B and C.
for name in ("precision", "recall", "specificity", "accuracy", "f1", "youden_j"):
    print(f"{name:<12}", metrics.RATES[name](matrix).round(3))

# %% after="One number for many classes"
print("                     macro micro")
for name, rate in metrics.RATES.items():
    print(f"{name:<20}", *(f"{rate(matrix, average):.3f}" for average in ("macro", "micro")))

# %% after="Top-k error"
labels = np.array([0, 2, 1, 0])
scores = np.array([[5, 3, 1], [4, 1, 2], [2, 2, 0], [1, 3, 2]])
for ties in ("against", "share"):
    errors = [float(metrics.top_k_error(labels, scores, k, ties)) for k in (1, 2, 3)]
    print(f"ties {ties:<8} top-1, top-2, top-3 error: {errors}")

# %% after="The area under the ROC curve"
# 120 positive samples and 480 negative ones. Move the threshold t along the scores.
positive, one_class = pictures.scores_of(np.random.default_rng(0))
explore(
    lambda t: pictures.threshold_at(positive, one_class, t),
    {"t": 1.0},
    t=np.arange(-3, 4.5, 0.5).tolist(),
)

# %% after="A worked example"
few, marks = np.array([0, 1, 0, 0, 1, 1], bool), np.array([1, 2, 2, 3, 4, 5])
show(pictures.area_of_pairs(few, marks))
print("ranks", metrics.average_ranks(marks), "  AUC", round(metrics.auc(few, marks), 3))

# %% after="The area for many classes"
# An order of classes is not an order of samples. Add 3 to class 0's score of every sample: no area
# can change, since each looks at one column, but top-1 does. Add to each row a number of its own:
# top-1 cannot change, since it looks at one row, but the areas do.
rng = np.random.default_rng(1)
labels = rng.integers(0, 5, 500)
scores = rng.normal(size=(500, 5)) + 2 * np.eye(5)[labels]
columns, rows = 3 * np.eye(5)[0], 3 * rng.normal(size=(500, 1))
for what, changed in (("as they are", 0), ("class 0 + 3", columns), ("rows moved", rows)):
    error, M = (f(labels, scores + changed) for f in (metrics.top_k_error, metrics.hand_till))
    print(f"{what:<12} top-1 error {error:.3f}   Hand and Till's M {M:.3f}")

# %% after="How sure is such a number?"
print("no mistake in 100:", [round(end, 3) for end in intervals.wilson(0, 100)])
print(f"the area of the six samples: ± {intervals.error_of_area(few, marks):.2f}")
print(f"question 6, 300 against 261: McNemar's exact p = {intervals.mcnemar(300, 261):.2f}")

# %% after="Seeds: the training is a random draw too"
# Each dot is one training. How many pairs of one dot above and one below tell the wrong story?
show(pictures.seeds(measured.ERRORS))

# %% after="Calibration: do probabilities mean what they say?"
# A network of the table above, before and after temperature scaling, on pictures not fitted on.
show(pictures.reliability(measured.RELIABILITY))

# %% after="Questions"
# These check the library's own. Define yours in a cell above and run this one again.
# `python -m tinyalex.check 12` checks what you write into exercise.py, beside the lesson's text.
check(metrics.top_k_error)
check(metrics.average_ranks)
check(metrics.auc)
