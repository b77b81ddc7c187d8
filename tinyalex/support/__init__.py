"""Small helpers that all rooms use: text, files, progress bars, the command line."""
