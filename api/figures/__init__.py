"""What is counted: key figures for the office, and metrics for Prometheus."""
