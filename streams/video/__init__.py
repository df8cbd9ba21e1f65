"""Video: from a camera, file or folder to looks, and clips of what has just been."""
