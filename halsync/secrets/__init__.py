"""Secret references: where their values come from."""
