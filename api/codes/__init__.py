"""Code tables in both schemes: as data, as files, as Excel sheets."""
