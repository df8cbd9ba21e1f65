"""What comes after a case is known: another look, notices, permits, and one case for one thing."""
