"""Images: the record of a data set, how pixels are presented, and where it comes from."""
