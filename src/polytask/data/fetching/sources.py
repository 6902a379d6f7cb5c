"""Where the papers' data sets come from: by themselves, or with a login, and then what to get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polytask.data.benchmarks import BENCHMARKS, Archive


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set and the archives that it consists of.

    `folder` is what it is called here, under data/. Each of `copies` is whole; all archives of a
    copy lie in one folder, those in `places` in a folder of it. `in_a_folder`: if they hold one
    folder, that is the data set; `nested`: archives in them are unpacked too. `login` is where
    to register for those without a URL. `devkit` says of which classes the photos in val are
    (ImageNet). Without any copy `by_hand` says in one sentence how the data set gets to `{root}`.
    """

    title: str
    folder: str
    copies: tuple[Mapping[str, Archive], ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    in_a_folder: bool = False
    nested: bool = False
    login: str | None = None
    devkit: str | None = None
    by_hand: str | None = None


def source_of(name: str, root: str) -> str | None:
    """Which of SOURCES is meant by the entry `name` of params.yaml, or by the folder's name."""
    if name in SOURCES:
        return name
    called = (key for key, source in SOURCES.items() if source.folder == Path(root).name)
    return next(called, None)


def _of(name: str, *archives: str) -> Mapping[str, Archive]:
    """These archives of a benchmark, or all of them."""
    published = BENCHMARKS[name].archives
    return {archive: published[archive] for archive in archives or published}


_CITYSCAPES = (
    "leftImg8bit_trainvaltest.zip",
    "gtFine_trainvaltest.zip",
    "gtFinePanopticParts_trainval.zip",
    "disparity_trainvaltest.zip",
    "camera_trainvaltest.zip",
)

SOURCES = {
    "nyud": Source(
        title="NYUD-v2",
        folder="NYUDv2",
        copies=(_of("nyud"),),
        in_a_folder=True,
    ),
    "nyuv2_13": Source(
        title="NYUv2 with 13 classes",
        folder="nyuv2",
        copies=(_of("nyuv2_13"),),
    ),
    "pascal_context": Source(
        title="PASCAL-Context",
        folder="PASCALContext",
        copies=(
            _of("pascal_context", "PASCALContext.tar.gz"),
            _of("pascal_context", "PASCAL_MT.tgz"),
        ),
        in_a_folder=True,
    ),
    "imagenet": Source(
        title="ImageNet-1k",
        folder="imagenet",
        copies=(_of("imagenet"),),
        places={"ILSVRC2012_img_train.tar": "train", "ILSVRC2012_img_val.tar": "val"},
        nested=True,
        login="https://image-net.org/download-images",
        devkit="ILSVRC2012_devkit_t12.tar.gz",
    ),
    "coco": Source(
        title="COCO 2017",
        folder="coco",
        copies=(_of("coco"),),
        nested=True,
    ),
    "ade20k": Source(
        title="ADE20K SceneParse150",
        folder="ADEChallengeData2016",
        copies=(_of("ade20k"),),
        in_a_folder=True,
    ),
    "mvtec_ad": Source(
        title="MVTec AD",
        folder="mvtec_anomaly_detection",
        copies=(_of("mvtec_ad"),),
        in_a_folder=True,
    ),
    "vkitti2": Source(
        title="Virtual KITTI 2",
        folder="vkitti2",
        copies=(_of("vkitti2"),),
    ),
    "synthia": Source(
        title="SYNTHIA-RAND-CITYSCAPES",
        folder="RAND_CITYSCAPES",
        by_hand="SYNTHIA-RAND-CITYSCAPES comes as a .rar, which is not unpacked here: get "
        f"{BENCHMARKS['synthia'].archives['SYNTHIA_RAND_CITYSCAPES.rar'].url} and let `unrar x` "
        "(apt-get install unrar) make {root}, so that {root}/RGB is there",
    ),
    "cityscapes": Source(
        title="Cityscapes",
        folder="cityscapes",
        copies=({name: Archive(source="its authors, after login") for name in _CITYSCAPES},),
        login="https://www.cityscapes-dataset.com",
    ),
    "cityscapes_npy": Source(
        title="Cityscapes at 128 x 256",
        folder="cityscapes_npy",
        by_hand="SIMO's copy of Cityscapes is nowhere public and is made of the official one: "
        "polytask data cityscapes-npy data/cityscapes {root}",
    ),
    "taskonomy": Source(
        title="Taskonomy",
        folder="taskonomy",
        by_hand="Taskonomy comes through its own tool, which asks for your consent: pip install "
        "omnidata-tools, apt-get install aria2, and omnitools.download rgb depth_zbuffer normal "
        "segment_semantic keypoints2d edge_texture mask_valid --components taskonomy --subset tiny "
        "--dest {root} --name NAME --email EMAIL --agree_all",
    ),
}
