"""Losses as functions of tensors: one per dense task, and the distillation loss."""
