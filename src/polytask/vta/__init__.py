"""VTA: how adapters that task affinities steer are trained, transferred and adapted to a domain."""
