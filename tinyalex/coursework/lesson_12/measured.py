"""What `seeds` and `seeds_summary` found on Imagenette; lesson 12 draws it.

ERRORS: eight seeds, 10 epochs, on 2,925 photographs. RELIABILITY: seed 0 without reflections, 30
epochs, on half of them; the temperature was fitted on the other half.
"""

ERRORS = {
    "with reflections": [0.4188, 0.4304, 0.4308, 0.4383, 0.4427, 0.4472, 0.4499, 0.4622],
    "without": [0.4564, 0.4609, 0.4646, 0.4650, 0.4694, 0.4718, 0.4957, 0.5026],
}
