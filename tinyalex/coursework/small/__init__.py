"""What the lessons train in seconds: small pictures, a small network, and the loop."""
