"""The search: suggest, train, record; its records, words, page and figures."""
