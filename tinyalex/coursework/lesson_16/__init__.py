"""Lesson 16: what NIN is made of: 1 × 1 convolutions, and the mean of a map."""
