"""One folder a platform; none of them is imported from here, so that a platform not in use costs nothing."""
