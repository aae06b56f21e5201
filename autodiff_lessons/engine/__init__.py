"""The engine: a table of rules, tensors that record what was done to them, and a sweep that runs the record
backwards."""
