"""What goes to other systems and comes back: webhooks, MQTT, city platforms, GA/T 1400."""
