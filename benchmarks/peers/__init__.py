"""What a user would run instead, measured on the same live feeds with the same network."""
