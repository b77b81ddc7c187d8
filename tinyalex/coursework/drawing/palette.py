"""The colours of the lessons' figures: one palette, which colour-blind readers can tell apart."""

STRONG = "#c0392b"  # what the reader should look at
BLUE = "#2c6fa6"
PALE = "#a9cce3"
ORANGE = "#e8a33d"
