"""A student whose stem is a Swin transformer: stages of rising width and falling size."""
