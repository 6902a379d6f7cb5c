"""Photos: ImageNet-1k, COCO 2017, ADE20K SceneParse150 and MVTec AD."""

from polytask.data.published.entry import Archive, Benchmark

_COCO = "http://images.cocodataset.org"
_MVTEC = (
    "https://www.mydrive.ch/shares/38536/3830184030e49fe74747669442f0f282/download/"
    "420938113-1629952094"
)
_TORCHVISION, _TENSORFLOW = "torchvision", "TensorFlow Datasets"

MVTEC_AD = {
    "bottle": (209, 83), "cable": (224, 150), "capsule": (219, 132), "carpet": (280, 117),
    "grid": (264, 78), "hazelnut": (391, 110), "leather": (245, 124), "metal_nut": (220, 115),
    "pill": (267, 167), "screw": (320, 160), "tile": (230, 117), "toothbrush": (60, 42),
    "transistor": (213, 100), "wood": (247, 79), "zipper": (240, 151),
}  # fmt: skip
"""Training and test images of each category; 5354 in all."""

PHOTOS = {
    "imagenet": Benchmark(
        title="ImageNet-1k (ILSVRC 2012)",
        layout="imagenet",
        tasks=(),
        num_classes=1000,
        splits={"train": 1_281_167, "val": 50_000},
        archives={
            "ILSVRC2012_img_train.tar": Archive(
                num_bytes=147_897_477_120,
                checksum="md5:1d675b47d978889d74fa0da5fadfb00e",
                source=_TORCHVISION,
            ),
            "ILSVRC2012_img_val.tar": Archive(
                num_bytes=6_744_924_160,
                checksum="md5:29b22e2961454d5413ddabcf34fc5622",
                source=_TORCHVISION,
            ),
            "ILSVRC2012_devkit_t12.tar.gz": Archive(
                checksum="md5:fa75699e90414af021442c21a62c3abf", source=_TORCHVISION
            ),
        },
    ),
    "coco": Benchmark(
        title="COCO 2017",
        layout="coco",
        tasks=("semseg",),
        num_classes=133,
        splits={"train": 118_287, "val": 5000},
        max_hw=(640, 640),
        archives={
            "train2017.zip": Archive(
                url=f"{_COCO}/zips/train2017.zip",
                num_bytes=19_336_861_798,
                checksum="sha256:69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
                source=_TENSORFLOW,
            ),
            "val2017.zip": Archive(
                url=f"{_COCO}/zips/val2017.zip",
                num_bytes=815_585_330,
                checksum="sha256:4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
                source=_TENSORFLOW,
            ),
            "annotations_trainval2017.zip": Archive(
                url=f"{_COCO}/annotations/annotations_trainval2017.zip",
                num_bytes=252_907_541,
                checksum="sha256:113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
                source=_TENSORFLOW,
            ),
            "panoptic_annotations_trainval2017.zip": Archive(
                url=f"{_COCO}/annotations/panoptic_annotations_trainval2017.zip",
                num_bytes=860_725_834,
                checksum="sha256:c05f76d2129b6b561eb70efe16e7006df62f73fb92889132d373b9d90e31a370",
                source=_TENSORFLOW,
            ),
        },
    ),
    "ade20k": Benchmark(
        title="ADE20K SceneParse150",
        layout="ade20k",
        tasks=("semseg",),
        num_classes=150,
        splits={"training": 20_210, "validation": 2000},
        archives={
            "ADEChallengeData2016.zip": Archive(
                url="http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip",
                checksum="sha1:219e1696abb36c8ba3a3afe7fb2f4b4606a897c7",
                source="GluonCV",
            )
        },
    ),
    "mvtec_ad": Benchmark(
        title="MVTec AD",
        layout="mvtec_ad",
        tasks=("semseg",),
        num_classes=2,
        splits={
            f"{category}/{part}": count
            for category, counts in MVTEC_AD.items()
            for part, count in zip(("train", "test"), counts, strict=True)
        },
        max_hw=(1024, 1024),
        archives={
            "mvtec_anomaly_detection.tar.xz": Archive(
                url=f"{_MVTEC}/mvtec_anomaly_detection.tar.xz",
                checksum="sha256:cf4313b13603bec67abb49ca959488f7eedce2a9f7795ec54446c649ac98cd3d",
                source="anomalib",
            )
        },
    ),
}
