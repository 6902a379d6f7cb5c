"""What models that are there cost while they run: parameters, FLOPs, latency, peak memory."""
