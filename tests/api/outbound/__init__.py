"""Tests of what goes to other systems and comes back."""
