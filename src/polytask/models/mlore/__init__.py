"""The decoder of "Multi-Task Dense Prediction via Mixture of Low-Rank Experts" (CVPR 2024)."""
