"""Pictures that the project paints: washing, grills, smoke, weather. Pure, like `vision`."""
