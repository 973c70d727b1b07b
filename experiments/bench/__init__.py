"""The benchmark: how fast an epoch, a study and its start are, beside PyTorch and beside a first JAX program."""
