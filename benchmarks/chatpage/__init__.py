"""What a chat was sent, drawn as its platform shows it: the run, the two platforms' looks, the camera."""
