"""Where raw data come from, under which terms, and how to check them; data/README.md says more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set or kind of weights, known by how the paths of its files begin."""

    name: str
    origin: str
    licence: str
    checksum: str


NONE = "none is published"

SOURCES = {
    "results/data/rooms_": Source(
        name="Rooms",
        origin="rendered by rules rooms and inspection; every image follows from its seed",
        licence="images and labels CC0 1.0; terms of the textures in LICENCE.txt of the archive",
        checksum="in the record of the archive",
    ),
    "data/NYUDv2": Source(
        name="NYUD-v2, multi-task version of ATRC",
        origin="https://data.vision.ee.ethz.ch/brdavid/atrc/NYUDv2.tar.gz",
        licence="no licence file in the archive; cite Silberman et al., ECCV 2012",
        checksum="archive: 4,215,751,725 bytes, sha256 33338d895404a9144a2c6892a8b0d6d5"
        "c26b02021f945b12e36c431fb369fcb2 (not published by its authors)",
    ),
    "data/imagenet": Source(
        name="ImageNet-1k (ILSVRC 2012)",
        origin="https://image-net.org, after a login",
        licence="ImageNet terms of access: research and education, not commercial",
        checksum="ILSVRC2012_img_train.tar: md5 1d675b47d978889d74fa0da5fadfb00e; "
        "ILSVRC2012_img_val.tar: md5 29b22e2961454d5413ddabcf34fc5622",
    ),
    "data/PASCALContext": Source(
        name="PASCAL-Context, multi-task version of ASTMT",
        origin="https://data.vision.ee.ethz.ch/brdavid/atrc/PASCALContext.tar.gz, or PASCAL_MT.tgz",
        licence="photos under Flickr's terms, labels for research; no licence file in the archive",
        checksum=NONE,
    ),
    "data/nyuv2": Source(
        name="NYUv2 with 13 classes, as MTAN prepared it",
        origin="a Dropbox folder of MTAN",
        licence="none is stated; NYU Depth V2 is for research",
        checksum=NONE,
    ),
    "data/cityscapes": Source(
        name="Cityscapes",
        origin="https://www.cityscapes-dataset.com, after a login",
        licence="its own terms: not commercial",
        checksum="shown after login",
    ),
    "data/taskonomy": Source(
        name="Taskonomy",
        origin="omnitools.download of omnidata-tools, after its terms were agreed to",
        licence="the terms that the tool shows",
        checksum="verified by the tool",
    ),
    "data/coco": Source(
        name="COCO 2017",
        origin="http://images.cocodataset.org",
        licence="annotations CC BY 4.0, photos under Flickr's terms",
        checksum="sha256 of each archive in data/README.md",
    ),
    "data/ADEChallengeData2016": Source(
        name="ADE20K SceneParse150",
        origin="http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip",
        licence="images for research; read its terms",
        checksum="archive: sha1 219e1696abb36c8ba3a3afe7fb2f4b4606a897c7",
    ),
    "data/vkitti2": Source(
        name="Virtual KITTI 2",
        origin="https://download.europe.naverlabs.com/virtual_kitti_2.0.3",
        licence="CC BY-NC-SA 3.0; read its terms",
        checksum="md5 of each archive in data/README.md",
    ),
    "data/RAND_CITYSCAPES": Source(
        name="SYNTHIA-RAND-CITYSCAPES",
        origin="http://synthia-dataset.cvc.uab.cat/SYNTHIA_RAND_CITYSCAPES.rar",
        licence="CC BY-NC-SA 3.0; read its terms",
        checksum=NONE,
    ),
    "hub:nvidia/": Source(
        name="RADIO",
        origin="downloaded when the job ran: https://huggingface.co/nvidia",
        licence="RADIO: non-commercial; C-RADIO: NVIDIA Open Model License; see its card",
        checksum="not recorded: give a safetensors file as `weights` to have its hash here",
    ),
    "hub:theaiinstitute/": Source(
        name="Theia",
        origin="downloaded when the job ran: https://huggingface.co/theaiinstitute",
        licence="The AI Institute's own; see its card",
        checksum="not recorded: give a safetensors file as `weights` to have its hash here",
    ),
    "hub:": Source(
        name="weights from the hub",
        origin="downloaded by timm when the job ran: https://huggingface.co/timm",
        licence="that of the model; see its card",
        checksum="not recorded: give a safetensors file as `weights` to have its hash here",
    ),
}


def source_of(path: str) -> Source | None:
    """What is known of the data at `path`; None for data of your own."""
    parts = f"/{path}"  # so that absolute paths and paths in other folders are known as well
    return next(
        (
            source
            for start, source in SOURCES.items()
            if path.startswith(start) or (not start.startswith("hub:") and f"/{start}" in parts)
        ),
        None,
    )


def hub_weights(params: Any) -> Iterator[str]:
    """`hub:MODEL` for every model in the parameters whose weights come from the hub."""
    if isinstance(params, Mapping):
        if params.get("weights") == "hub" and "model" in params:
            yield f"hub:{params['model']}"
        elif str(params.get("weights")).startswith("hub:"):
            yield params["weights"]
        student = params.get("student") or params.get("plain_student")
        if params.get("initial_weights") == "hub" and isinstance(student, Mapping):
            yield f"hub:{student.get('model')}"
        for value in params.values():
            yield from hub_weights(value)
