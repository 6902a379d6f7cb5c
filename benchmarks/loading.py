"""Do photos load fast enough? Stage 1's views against torchvision's, in CPU time of one worker.

    python benchmarks/loading.py [folder]

The same JPEGs (ImageNet-like ones made here, about 500 x 375, or those in `folder`) become 384 px
views: by `PhotoCorpus`, and by Pillow and torchvision's RandomResizedCrop and flip. Both give a
uint8 tensor. Bound: >= 0.9x. Then how many CPUs keep one GPU busy.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from polytask.data.photos import PhotoCorpus
from polytask.data.sampling import batches
from polytask.data.views import RandomResizedCrop
from polytask.price.gpus import GPUS

SIZE, IMAGES, ROUNDS = 384, 100, 5
FLOP_PER_IMAGE = 1.6e12
"""Of stage 1 in the paper's setting: 1.2e12 for its teachers, the rest for the student, as
`polytask plan` counts; it also assumes the utilisation."""
UTILISATION = 0.4


def make_photos(folder: Path) -> None:
    """JPEGs with the size, the detail and so the weight (about 100 kB) of ImageNet's."""
    (folder / "train").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(IMAGES):
        width, height = (500, 375) if number % 4 else (375, 500)
        octaves = [(4, 60), (16, 40), (64, 25), (256, 14)]
        pixels = np.full((height, width, 3), 128.0)
        for cells, amplitude in octaves:
            noise = (rng.standard_normal((cells, cells, 3)) * 40 + 128).clip(0, 255)
            layer = Image.fromarray(noise.astype(np.uint8)).resize((width, height), Image.BICUBIC)
            pixels += (np.asarray(layer) - 128.0) * amplitude / 40
        photo = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        photo.save(folder / "train" / f"{number:04d}.jpg", quality=95)


def open_corpus(folder: Path) -> PhotoCorpus:
    return PhotoCorpus(folder, "train", (SIZE, SIZE), RandomResizedCrop())


def ours(corpus: PhotoCorpus) -> Callable[[int], torch.Tensor]:
    return lambda index: corpus[index % len(corpus), index // len(corpus)]["image"]


def torchvisions(corpus: PhotoCorpus) -> Callable[[int], torch.Tensor]:
    files = [Path(corpus.tree.root) / name for name in corpus.files]
    change = v2.Compose(
        [v2.RandomResizedCrop(SIZE, antialias=True), v2.RandomHorizontalFlip(), v2.PILToTensor()]
    )

    def load(index: int) -> torch.Tensor:
        with Image.open(files[index % len(files)]) as image:
            return change(image.convert("RGB"))

    return load


def images_per_cpu_second(load: Callable[[int], torch.Tensor], start: int) -> float:
    begin = time.process_time()
    for index in range(start, start + IMAGES):
        load(index)
    return IMAGES / (time.process_time() - begin)


def through_the_loader(corpus: PhotoCorpus) -> float:
    """Images per second of the clock that a loader with one worker hands over."""
    loader = batches(corpus, batch_size=16, steps=12, seed=0, num_views=0, num_workers=1)
    next(loader)
    begin = time.perf_counter()
    count = sum(len(batch["image"]) for batch in loader)
    return count / (time.perf_counter() - begin)


def in_turns(corpus: PhotoCorpus) -> tuple[float, float]:
    """The medians of ours and torchvision's."""
    loads = ours(corpus), torchvisions(corpus)
    for load in loads:
        images_per_cpu_second(load, 0)
    rounds = [[images_per_cpu_second(load, n * IMAGES) for load in loads] for n in range(ROUNDS)]
    mine, theirs = (sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True))
    return mine, theirs


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as made:
        if len(sys.argv) == 1:
            make_photos(Path(made))
        corpus = open_corpus(Path(sys.argv[1] if len(sys.argv) > 1 else made))
        mine, theirs = in_turns(corpus)
        handed_over = through_the_loader(corpus)
    print(f"views of {SIZE} px: {mine:.0f} images per CPU s, torchvision {theirs:.0f}")
    print(f"ours / torchvision = {mine / theirs:.2f}")
    print(f"one loader worker hands over {handed_over:.0f} images/s")
    for arithmetic in ("tf32", "bf16"):
        needed = GPUS["H100"].peaks[arithmetic] * UTILISATION / FLOP_PER_IMAGE
        print(
            f"stage 1 of the paper in {arithmetic}: an H100 takes {needed:.0f} images/s, "
            f"as many as {needed / mine:.1f} CPUs like this one load"
        )


if __name__ == "__main__":
    main()
