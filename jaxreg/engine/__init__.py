"""Runs on many processes and machines: settings, storage, leases, the loop that trains, workers, checkpoints."""
