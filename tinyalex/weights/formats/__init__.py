"""Readers and writers of other programs' weight files. Nothing found in a file is ever run."""
