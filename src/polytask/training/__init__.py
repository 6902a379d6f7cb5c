"""One training loop for every stage: model, batches and objective come in as arguments."""
