"""jaxreg."""
