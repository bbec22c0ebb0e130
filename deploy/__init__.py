"""How the service is run on servers: the image, what looks at it, and the proof that it works."""
