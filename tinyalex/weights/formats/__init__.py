"""Readers and writers of other programs' weight files. No code in a file is ever executed."""
