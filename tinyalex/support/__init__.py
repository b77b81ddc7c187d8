"""Small helpers of every room: text, files, progress bars, the command line."""
