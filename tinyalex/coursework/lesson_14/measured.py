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

# transfer.py: the setting of each way that was best on validation pictures, for each task.
CHOSEN = {
    ("near", 1): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 10.0,
        "fine_tuned": (0.005, 0.2),
        "from_scratch": 0.005,
    },
    ("near", 3): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 10.0,
        "fine_tuned": (0.01, 1.0),
        "from_scratch": 0.01,
    },
    ("far", 1): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 1.0,
        "fine_tuned": (0.01, 1.0),
        "from_scratch": 0.005,
    },
    ("far", 3): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 1.0,
        "fine_tuned": (0.01, 1.0),
        "from_scratch": 0.01,
    },
    ("far", 10): {
        "pixels": None,
        "nearest_mean": None,
        "probe": 1.0,
        "fine_tuned": (0.01, 1.0),
        "from_scratch": 0.02,
    },
}

# transfer.py: shares of right answers on test pictures, in five runs.
TEST = {
    ("near", 1): {
        "pixels": [0.225, 0.25, 0.24, 0.23, 0.225],
        "nearest_mean": [0.98, 0.96, 0.915, 0.895, 0.955],
        "probe": [0.975, 0.965, 0.945, 0.94, 0.99],
        "fine_tuned": [0.95, 0.995, 0.975, 0.98, 1.0],
        "from_scratch": [0.685, 0.565, 0.635, 0.47, 0.75],
    },
    ("near", 3): {
        "pixels": [0.27, 0.275, 0.255, 0.26, 0.33],
        "nearest_mean": [0.98, 0.98, 0.97, 0.965, 0.995],
        "probe": [0.99, 0.995, 0.975, 0.975, 1.0],
        "fine_tuned": [0.985, 1.0, 0.99, 0.995, 1.0],
        "from_scratch": [0.93, 0.75, 0.815, 0.78, 0.84],
    },
    ("far", 1): {
        "pixels": [0.335, 0.255, 0.29, 0.305, 0.335],
        "nearest_mean": [0.53, 0.665, 0.555, 0.57, 0.665],
        "probe": [0.545, 0.62, 0.555, 0.58, 0.695],
        "fine_tuned": [0.72, 0.755, 0.58, 0.71, 0.835],
        "from_scratch": [0.66, 0.605, 0.66, 0.51, 0.615],
    },
    ("far", 3): {
        "pixels": [0.36, 0.35, 0.43, 0.42, 0.36],
        "nearest_mean": [0.57, 0.785, 0.68, 0.72, 0.82],
        "probe": [0.65, 0.8, 0.77, 0.685, 0.86],
        "fine_tuned": [0.835, 0.87, 0.855, 0.885, 0.975],
        "from_scratch": [0.8, 0.745, 0.82, 0.81, 0.82],
    },
    ("far", 10): {
        "pixels": [0.54, 0.5, 0.51, 0.47, 0.465],
        "nearest_mean": [0.64, 0.805, 0.695, 0.73, 0.86],
        "probe": [0.745, 0.875, 0.775, 0.77, 0.86],
        "fine_tuned": [0.965, 0.965, 0.925, 0.92, 0.99],
        "from_scratch": [0.985, 0.96, 0.975, 0.905, 0.895],
    },
}

# transfer.py: the same for ("far", 1): five draws for one trunk, and one draw for five trunks.
SPREAD = {
    ("draws", "nearest_mean"): [0.53, 0.425, 0.51, 0.58, 0.585],
    ("draws", "fine_tuned"): [0.72, 0.55, 0.64, 0.565, 0.625],
    ("trunks", "nearest_mean"): [0.53, 0.66, 0.58, 0.695, 0.78],
    ("trunks", "fine_tuned"): [0.72, 0.81, 0.725, 0.795, 0.88],
}
