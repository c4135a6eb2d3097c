"""What is measured of a trained member, and how."""
