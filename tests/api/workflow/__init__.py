"""Tests of api/workflow."""
