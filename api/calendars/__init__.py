"""Working calendars, the deadlines that are counted by them, and the holidays as data."""
