"""From what a person wrote to the records of each section that not every run needs."""
