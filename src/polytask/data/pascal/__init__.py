"""PASCAL-Context with its five tasks: VOC 2010 images, labels from four sources."""
