"""COCO 2017: photos, panoptic labels, and what its JSON files say."""
