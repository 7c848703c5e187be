"""Limits of what an ascent computes at once."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of what is computed at once.

    A call from Python takes as long as a step of a small network: with many
    steps per call, an ascent of digits conv2 takes .69 of the CPU time, one of
    conv1 .37. Large networks take one step per call, so that they can be
    interrupted and show progress.

    Attributes:
        memory: Bytes that the images of one batch may take, all maps included.
        weights: Bytes that the weights of one batch may take.
        call: Bytes that the maps of all steps of one call may take in total.
        fewest: Number of steps in one call up to which no loop is traced.
        before_loop: Number of single steps before a loop is traced, for each
            operation of a step. Tracing it takes as long as it saves in some
            hundred steps: .2 s for a small network, 2 s for 150 layers.
    """

    memory: int = 2**30
    weights: int = 2**26
    call: int = 2**30
    fewest: int = 16
    before_loop: float = 0.2
