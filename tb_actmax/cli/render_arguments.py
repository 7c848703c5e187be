"""The arguments of `tb-actmax render`."""

import argparse
import pathlib


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add = parser.add_argument
    add(
        "models",
        nargs="+",
        type=pathlib.Path,
        metavar="MODEL",
        help="saved models (.keras, .h5), weights (.weights.h5) or SavedModel "
        "folders of one network; the last number in a name is its epoch",
    )
    add("--log-dir", required=True, help="where to write the log")
    add(
        "--layers",
        nargs="+",
        help='layers, or "all" convolutions (default: at most eight, spread '
        "over the depth, and the classes; the outputs of a SavedModel)",
    )
    add(
        "--filters",
        nargs="+",
        default=["16"],
        help='"all", how many, or the numbers of two or more filters '
        "(default: 16)",
    )
    add(
        "--probe",
        type=pathlib.Path,
        help="sample of inputs: a .npz or .npy file, or a folder of images",
    )
    add(
        "--value-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="values of black and white for the images of a folder (default: "
        "as the network's first layers suggest)",
    )
    add(
        "--pictures",
        choices=("yes", "no"),
        help="whether rows and columns of inputs are a picture's, which may be "
        "rotated; electrodes by time are not (default: as the network's "
        "kernels suggest)",
    )
    add(
        "--channel-order",
        choices=("rgb", "bgr"),
        help="order in which the network takes colours; the images of a "
        "folder are read so (default: as the probe's values suggest)",
    )
    add(
        "--builder",
        metavar="PACKAGE.MODULE:FUNCTION",
        help="function that builds the model: for weights, and for .keras "
        "files with custom layers that are not registered",
    )
    add(
        "--class-names",
        nargs="+",
        metavar="NAME",
        help="name of each class in the order of the labels, or a .txt file "
        "with one a line (default: the names of the probe's folders, or "
        "class_names in its .npz file)",
    )
    add(
        "--steps",
        type=int,
        help="steps at a layer's first epoch (default: 32; 40 to 56 where an "
        "image has room for whole objects)",
    )
    add(
        "--no-pull",
        dest="pull",
        action="store_false",
        help="do not pull images of hidden units that have room for whole "
        "objects towards the features of the probe's strongest inputs",
    )
    for option, default, text in (
        (
            "--views",
            4,
            "views of an image in one step, where it has room for whole "
            "objects; 1 is four times as fast",
        ),
        ("--warm-steps", 8, "steps at each later epoch"),
        ("--seed", 0, "seed of the random starts"),
        ("--exemplars", 9, "patches of real inputs for each filter"),
    ):
        text += " (default: %(default)s)"
        add(option, type=int, default=default, help=text)
    add(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="spread the filters over a Ray cluster, without an address over "
        "the processors of this machine (after the models, or as "
        "--ray=ADDRESS)",
    )
