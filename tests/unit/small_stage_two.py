"""The values of a training of stage 2 that takes two steps, on a plain ViT and tiny images."""

PLAIN = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"patch_size": 14, "embed_dim": 32, "depth": 2, "num_heads": 2, "reg_tokens": 1},
    "image_size": [64, 64], "levels": [0, 1], "biases": "none",
}  # fmt: skip
FIT = {
    "steps": 2, "batch_size": 2, "lr": 0.01, "weight_decay": 0.1, "schedule": "cosine",
    "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 1.0, "clip_norm": 1.0, "log_every": 1,
    "checkpoint_every": 2, "num_workers": 0,
}  # fmt: skip
VALUES = {
    "name": "plain/all", "seed": 0, "runtime": {"device": "cpu", "precision": "fp32"},
    "student": None, "start": None, "frozen": False, "share": 1.0,
    "encoder": None, "balancing": {"method": "fixed"}, "fusion": "stem",
    "head": "conv", "gamma": 0.0, "tasks": ["semseg", "depth"],
    "dataset": {
        "root": "", "tasks": ["semseg", "normals", "edge", "depth"], "num_classes": 40,
        "image_size": [24, 32], "train_split": "train", "test_split": "val", "edge_max_dist": 0.01,
    },
    "task_weights": {"semseg": 1.0, "depth": 1.0},
    "losses": {"edge_pos_weight": 0.95, "normals_loss": "l1"}, "plain_student": PLAIN,
    "initial_weights": "random",
    "committee": {"teachers": {}, "targets": "online", "standardise": False},
    "alpha": 0.9, "beta": 0.1, "num_views": 0,
    "view": {"scale": [1.0, 1.5], "cat_max_ratio": 0.75, "photometric": False}, "fit": FIT,
}  # fmt: skip
