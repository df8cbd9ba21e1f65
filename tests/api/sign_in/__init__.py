"""Tests of api/sign_in."""
