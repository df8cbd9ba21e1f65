"""Cases: how they begin, are numbered, found, told of, and taken a step further."""
