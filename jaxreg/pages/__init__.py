"""The pages of reports: frame, tables, figures, style and words of both languages; they know no experiment."""
