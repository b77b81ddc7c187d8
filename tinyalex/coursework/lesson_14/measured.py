"""What `transfer.py` and `leakage.py` measured."""

CHOSEN = {
    ("near", 1): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 1.0,
        "fine_tuned": (0.005, 0.2),
        "from_scratch": 0.02,
    }
}
CHOSEN[("far", 1)] = CHOSEN[("far", 10)] = CHOSEN[("near", 1)]
TEST = {
    t: {w: [0.1, 0.2, 0.3, 0.4, 0.5] for w in CHOSEN[("near", 1)]}
    for t in (("near", 1), ("near", 3), ("far", 1), ("far", 3), ("far", 10))
}
LEAKAGE = {
    "BVLC's trunk": {
        "val, all": (3548, 3925),
        "val, met by the trunk": (3423, 3791),
        "val, not met": (125, 134),
        "train and val, not met": (463, 500),
    },
    "shuffled weights": {
        "val, all": (2019, 3925),
        "val, met by the trunk": (1948, 3791),
        "val, not met": (71, 134),
        "train and val, not met": (263, 500),
    },
}
