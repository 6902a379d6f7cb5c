"""From metrics and records to tables, figures and one self-contained page."""
