"""The statements of the study's text on regularization, each measured on its own network."""
