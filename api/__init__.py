"""Cases: their store, workflow, HTTP API and web review desk."""
