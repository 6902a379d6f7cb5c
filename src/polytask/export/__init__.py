"""Trained models as folders in the style of the Hugging Face Hub."""
