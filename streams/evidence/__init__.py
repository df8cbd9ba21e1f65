"""Evidence: what is gathered while a thing stands, sealed into a packet, and checked again."""
