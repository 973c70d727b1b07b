"""The study: what is searched, how trials are run, kept and continued. Only this package imports Optuna."""
