"""How long a hiker waits for an answer, and what the time goes to."""
