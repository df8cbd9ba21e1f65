"""Many live cameras on one machine: what they show, who serves them, and what looking costs."""
