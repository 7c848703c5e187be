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
        help='names of layers, or "all" for every convolution (default: at '
        "most eight, spread over the depth, and the classes; for a SavedModel "
        "its outputs)",
    )
    add(
        "--filters",
        nargs="+",
        default=["16"],
        help='"all", a number of filters, or the indices of two or more '
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
        help="input values for black and white, for a folder of images "
        "(default: as the network's first layers suggest)",
    )
    add(
        "--pictures",
        choices=("yes", "no"),
        help="whether rows and columns of inputs form a picture, which can be "
        "rotated; no for electrodes by time (default: as the network's "
        "kernels suggest)",
    )
    add(
        "--channel-order",
        choices=("rgb", "bgr"),
        help="order in which the network takes colours, also for a folder of "
        "images (default: as the probe's values suggest)",
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
        "with one per line (default: the names of the probe's folders, or "
        "class_names in its .npz file)",
    )
    add(
        "--steps",
        type=int,
        help="steps at a layer's first epoch (default: 32; 40 to 56 for images "
        "with room for whole objects)",
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
            "differently moved views of an image in each step, for images with "
            "room for whole objects; 1 is four times as fast",
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
        help="spread the filters over the Ray cluster at an address, or over "
        "the processors of this machine (give it after the models, or as "
        "--ray=ADDRESS)",
    )
