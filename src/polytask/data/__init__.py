"""Files in, samples out: data sets on disk, views of their images, and the order of both."""
