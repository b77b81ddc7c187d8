"""What coursework needs: the named mistakes, and the checker that recognizes them."""
