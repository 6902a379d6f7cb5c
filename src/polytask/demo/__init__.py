"""A local page: all tasks of a trained model on a photo, and its routers' weights by hand."""
