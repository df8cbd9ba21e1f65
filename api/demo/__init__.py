"""`skyeye demo`: what it films, where, and how it tells of it."""
