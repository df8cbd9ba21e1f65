"""What leaves the house on paper or as a file: evidence of a case, lists of cases."""
