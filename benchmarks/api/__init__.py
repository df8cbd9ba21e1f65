"""How fast the cases' server answers with a million cases, and what it survives."""
