"""Migrations of the cases' database, run by `api.store.database`."""
