"""The four papers side by side on a page of its own."""
