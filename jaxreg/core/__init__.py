"""The training core: pure, jitted JAX without files, clock, screen or Optuna."""
