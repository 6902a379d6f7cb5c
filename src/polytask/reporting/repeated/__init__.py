"""Tables whose rows were trained several times: what they reached, and how they are shown."""
