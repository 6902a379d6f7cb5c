"""CPU time of ods_f_measure on a 512 x 512 photo against pyEdgeEval's C++ matching; prints a ratio.

pip install pyEdgeEval==0.2.8 && python benchmarks/edges.py        (about 7 minutes, one core)
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import gaussian_gradient_magnitude
from skimage import color, data, segmentation
from skimage.morphology import thin as skimage_thin

from polytask.metrics.edges import THRESHOLDS, OdsFMeasure, suppress

TOLERANCES = {"PASCAL-Context": 0.0075, "NYUD-v2": 0.011}
LARGEST_DIFFERENCE, SMALLEST_RATIO = 0.002, 10


def photo() -> tuple[np.ndarray, np.ndarray]:
    """Boundary strength of a photo in [0, 1] and the borders of its regions, both (512, 512)."""
    image = data.astronaut()
    gradient = gaussian_gradient_magnitude(color.rgb2gray(image), sigma=1.5)
    regions = segmentation.felzenszwalb(image, scale=500, sigma=0.8, min_size=400)
    strength = np.clip(gradient / np.percentile(gradient, 99), 0.002, 0.998)
    return strength, segmentation.find_boundaries(regions, mode="inner")


def ours(strength: np.ndarray, truth: np.ndarray, max_dist: float) -> float:
    """Best F by this project, from the raw map: suppression, thinning and matching."""
    metric = OdsFMeasure(max_dist)
    logits = torch.from_numpy(strength).float().logit()
    metric.update(logits[None, None], torch.from_numpy(truth).float()[None, None])
    return metric.compute() / 100


def theirs(strength: np.ndarray, truth: np.ndarray, max_dist: float) -> float:
    """Best F by pyEdgeEval from the map that this project suppressed: thinning and matching."""
    correspond_pixels = correspond_pixels_of_py_edge_eval()
    quantised = torch.from_numpy(strength).float().logit().sigmoid().mul(255).byte().numpy()
    suppressed, truth = suppress(quantised, nms_radius=4) / 255, skimage_thin(truth)
    scores = []
    for threshold in THRESHOLDS:
        boundary = skimage_thin(suppressed >= threshold)
        in_prediction, in_truth, _, _ = correspond_pixels(boundary, truth, max_dist=max_dist)
        precision = np.count_nonzero(in_prediction) / max(np.count_nonzero(boundary), 1)
        recall = np.count_nonzero(in_truth) / np.count_nonzero(truth)
        scores.append(2 * precision * recall / max(precision + recall, 1e-12))
    return max(scores)


def correspond_pixels_of_py_edge_eval() -> Callable:
    """The C++ matching of pyEdgeEval; leaves with a sentence where it is not installed."""
    try:
        from pyEdgeEval import correspond_pixels
    except ImportError:
        raise SystemExit(
            "benchmarks/edges.py compares with pyEdgeEval, which is not installed: "
            "pip install pyEdgeEval==0.2.8 (it compiles C++, about 80 s)"
        ) from None
    return correspond_pixels


def timed(evaluate: Callable, *arguments: object) -> tuple[float, float]:
    """Result and CPU seconds of one call."""
    start = time.process_time()
    return evaluate(*arguments), time.process_time() - start


def main() -> None:
    """Print F and CPU seconds of both at both tolerances; fail where a stated bound is missed."""
    correspond_pixels_of_py_edge_eval()
    torch.set_num_threads(1)
    strength, truth = photo()
    for dataset, max_dist in TOLERANCES.items():
        our_f, our_seconds = timed(ours, strength, truth, max_dist)
        their_f, their_seconds = timed(theirs, strength, truth, max_dist)
        ratio = their_seconds / our_seconds
        print(f"{dataset}: F {our_f:.4f} in {our_seconds:.2f} s; ", end="")
        print(f"pyEdgeEval {their_f:.4f} in {their_seconds:.1f} s; {ratio:.1f} x faster")
        if abs(our_f - their_f) > LARGEST_DIFFERENCE or ratio < SMALLEST_RATIO:
            raise SystemExit(f"missed: F within {LARGEST_DIFFERENCE}, {SMALLEST_RATIO} x faster")


if __name__ == "__main__":
    main()
