"""What `leakage.py` and `transfer.py` measured: the tables of lesson 14."""

# leakage.py: right answers and pictures, by group.
LEAKAGE = {
    "BVLC's trunk": {
        "val, all": (3548, 3925),
        "val, met by the trunk": (3423, 3791),
        "val, not met": (125, 134),
        "train and val, not met": (463, 500),
        "the probe's own samples": (7707, 8103),
    },
    "shuffled weights": {
        "val, all": (2018, 3925),
        "val, met by the trunk": (1947, 3791),
        "val, not met": (71, 134),
        "train and val, not met": (263, 500),
        "the probe's own samples": (5397, 8103),
    },
}
