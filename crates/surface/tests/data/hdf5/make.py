"""Makes the HDF5 files beside it, with h5py 3.16 (HDF5 2.0): python make.py

The numbers are exact in float32, and each is another, so that a test can tell it by its place.
"""

import h5py
import numpy as np

X = np.linspace(-1, 1, 5)
Y = np.linspace(0, 1, 3)
K = np.arange(15)
LOSS, ACC = K / 8, 100 - K / 4
DIR_FILE = {"dir_file": "direction.h5"}


def filled(values, shape=(5, 3)):
    """The paper's code declares [alpha][beta] and fills it in the order beta, alpha."""
    return np.asarray(values).reshape(shape)


def but(values, unset, places):
    values = np.array(values, dtype=float)
    values[places] = unset
    return values


def write(name, content, libver="latest", **options):
    with h5py.File(name + ".h5", "w", libver=libver) as file:
        for key, values in content.items():
            if callable(values):
                values(file, key)
            else:
                file.create_dataset(key, data=values, **(options if np.ndim(values) > 0 else {}))


GRID = {"xcoordinates": X, "ycoordinates": Y}
SURFACE = GRID | {"train_loss": filled(LOSS), "train_acc": filled(ACC)}

# As the paper's code writes it, with points not computed, one that gave NaN and one infinity.
loss = but(LOSS, -1, [0, 7])
loss[3], loss[4] = np.nan, np.inf
write("paper", DIR_FILE | GRID | {
    "train_loss": filled(loss),
    "train_acc": filled(but(ACC, -1, [0, 7])),
    "test_loss": filled(LOSS + 0.5),
    "test_acc": filled(ACC - 50),
}, libver=None)

# As others may write it: each surface is SURFACE.
deflated = dict(compression="gzip", shuffle=True)
write("chunked", SURFACE | {
    key: lambda file, key: file.create_dataset(key, data=SURFACE[key], chunks=(2, 2), fletcher32=True, **deflated)
    for key in ("train_loss", "train_acc")
}, libver=None)
write("big_endian", {key: values.astype(">f4") for key, values in SURFACE.items()}, libver=None)
write("v108_chunked", SURFACE, libver=("v108", "v108"), chunks=True, **deflated)
write("v110_chunked", SURFACE, libver=("v110", "v110"), chunks=True, **deflated)
write("latest", DIR_FILE | SURFACE)
write("latest_chunked", SURFACE, chunks=True, **deflated)
write("latest_resizable", SURFACE | {
    "train_loss": lambda file, key: file.create_dataset(key, data=filled(LOSS), chunks=(2, 2), maxshape=(None, None)),
    "train_acc": lambda file, key: file.create_dataset(key, data=filled(ACC), chunks=(2, 2), maxshape=(None, 3)),
})
# More names than a header holds: they go to a heap with an index.
write("many", SURFACE | {f"note_{k}": f"note {k}" for k in range(20)})
write("other_way_round", SURFACE | {
    "train_loss": filled(LOSS, (3, 5)), "train_acc": filled(ACC, (3, 5)).astype("float16"),
})

# Other content.
write("integers", GRID | {
    "train_loss": filled(K).astype("int32"),
    "val_loss": filled(but(K, -1, [2])).astype("float16"),
    "n_images": filled(K).astype(">u2"),
    "epoch": 300,
    "X": filled(K),
    "curve": np.arange(7),
})
write("line", DIR_FILE | {
    "xcoordinates": X, "train_loss": but(np.arange(5) / 8, -1, [4]), "train_acc": 100 - np.arange(5) / 4,
}, libver=None)
TRAJECTORY = {"proj_xcoord": np.array([-8.5, -3.25, -1, 0]), "proj_ycoord": np.array([2.5, 0.75, -0.125, 0])}
write("trajectory", TRAJECTORY, libver=None)
write("surface_and_trajectory", SURFACE | TRAJECTORY)
write("eigenvalues", GRID | {
    "min_eig": filled(but(-1 - K / 8, 1, [5, 6])), "max_eig": filled(but(1 + K / 8, -1, [5, 6])),
})

# Not to be read.
directions = lambda file, key: file.create_group(key).create_dataset("0", data=np.arange(6.0).reshape(2, 3))
write("directions", {"xdirection": directions, "ydirection": directions})
write("nothing", {})
write("no_axis", {key: SURFACE[key] for key in ("ycoordinates", "train_loss")})
write("no_field", DIR_FILE | GRID)
write("group_as_field", GRID | {"train_loss": lambda file, key: file.create_group(key)})
write("words", SURFACE | {"train_loss": np.full((5, 3), b"low", dtype="S3")})
write("complex", SURFACE | {"train_loss": filled(LOSS + 0j)})
write("words_as_axis", SURFACE | {"xcoordinates": np.full(5, b"low", dtype="S3")})
write("long_axis", SURFACE | {"xcoordinates": np.linspace(-1, 1, 6)})
write("flat_field", SURFACE | {"train_loss": LOSS})
write("empty_field", SURFACE | {"train_loss": lambda file, key: file.create_dataset(key, data=h5py.Empty("f8"))})
write("empty_axis", SURFACE | {"ycoordinates": lambda file, key: file.create_dataset(key, data=h5py.Empty("f8"))})
write("falling_axis", SURFACE | {"xcoordinates": X[::-1]})
write("uneven_axis", SURFACE | {"ycoordinates": np.array([0, 0.1, 1])})
write("single_number_as_axis", SURFACE | {"xcoordinates": 1.0})
write("minus_infinity", SURFACE | {"train_loss": filled(but(LOSS, -np.inf, [1]))})
write("field_twice", SURFACE | {"train_accuracy": filled(ACC)})
write("half_trajectory", {"proj_xcoord": np.arange(3.0)})
write("uneven_trajectory", {"proj_xcoord": np.arange(3.0), "proj_ycoord": np.arange(4.0)})
write("unknown_compression", SURFACE, compression="lzf")
# Zeros that no byte stands for: 8 MB and 2 GB.
write("huge_axis", SURFACE | {
    "xcoordinates": lambda file, key: file.create_dataset(key, shape=1 << 20, dtype="f8", chunks=(1 << 10,)),
})
write("huge_field", SURFACE | {
    "train_loss": lambda file, key: file.create_dataset(
        key, shape=(1 << 14, 1 << 14), dtype="f8", chunks=(1 << 7, 1 << 7), compression="gzip"),
})
