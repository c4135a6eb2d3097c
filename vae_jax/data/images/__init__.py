"""Files of images, decoded once into a cache: what is read, how, and where it is kept."""
