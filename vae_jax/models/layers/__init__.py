"""What networks are made of: fast products and convolutions, and layers of one style."""
