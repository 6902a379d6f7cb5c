"""Street scenes: Cityscapes and, rendered, Virtual KITTI 2 and SYNTHIA-RAND-CITYSCAPES."""

from polytask.data.published.entry import Archive, Benchmark

_NAVER = "https://download.europe.naverlabs.com/virtual_kitti_2.0.3"


def _of_naver(name: str, num_bytes: int, md5: str) -> Archive:
    return Archive(
        url=f"{_NAVER}/{name}", num_bytes=num_bytes, checksum=f"md5:{md5}", source="its authors"
    )


DRIVING = {
    "cityscapes": Benchmark(
        title="Cityscapes, 19 classes, 10 parts, disparity",
        layout="cityscapes",
        tasks=("semseg", "part_segmentation", "disparity"),
        num_classes=19,
        splits={"train": 2975, "val": 500},
        image_hw=(1024, 2048),
        max_hw=(1024, 2048),
    ),
    "cityscapes_npy": Benchmark(
        title="Cityscapes npy, 3 tasks (SIMO)",
        layout="cityscapes_npy",
        tasks=("semseg", "part_segmentation", "disparity"),
        num_classes=19,
        splits={"train": 2975, "val": 500},
        image_hw=(128, 256),
        max_hw=(128, 256),
        max_disparity=0.5,
    ),
    "vkitti2": Benchmark(
        title="Virtual KITTI 2",
        layout="vkitti2",
        tasks=("semseg", "depth"),
        num_classes=14,
        splits={"all": 42_520},
        image_hw=(375, 1242),
        max_depth=655.34,
        median_depth=(1.0, 100.0),
        archives={
            name: _of_naver(name, num_bytes, md5)
            for name, num_bytes, md5 in (
                ("vkitti_2.0.3_rgb.tar", 7_532_472_320, "1e00a143a397c2c53aa9720a868fe34a"),
                ("vkitti_2.0.3_depth.tar", 8_145_715_200, "1d34a96f870fc5d33b482df87844f5e4"),
                (
                    "vkitti_2.0.3_classSegmentation.tar",
                    1_015_961_600,
                    "e8658ab49250e61f1caa174625563263",
                ),
                ("vkitti_2.0.3_textgt.tar.gz", 24_451_078, "855f7f37746e5508f094e522c9cf41f4"),
            )
        },
    ),
    "synthia": Benchmark(
        title="SYNTHIA-RAND-CITYSCAPES",
        layout="synthia",
        tasks=("semseg", "depth"),
        num_classes=16,
        splits={"all": 9400},
        image_hw=(760, 1280),
        max_depth=655.34,
        median_depth=(0.5, 200.0),
        archives={
            "SYNTHIA_RAND_CITYSCAPES.rar": Archive(
                url="http://synthia-dataset.cvc.uab.cat/SYNTHIA_RAND_CITYSCAPES.rar",
                source="its authors",
            )
        },
    ),
}
