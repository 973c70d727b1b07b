"""Which regularization is best? A small CNN on little data, tuned with Optuna, answered by experiment.

The way down: `experiments/search.py`, `jaxreg.study.search`, `jaxreg.study.trial`, `jaxreg.core.fit`, `jaxreg.core.train`.
"""
