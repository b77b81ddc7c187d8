"""What several lessons' pictures are drawn with."""
