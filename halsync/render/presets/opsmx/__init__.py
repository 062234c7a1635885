"""The preset ``opsmx``: what the OpsMx chart's init containers do to the configuration.

Chart generations 3.12 (3.12.6) and 4.0 (4.0.22). :func:`halsync.render.presets.opsmx.plan.prepare`
is a function of the Helm values, the surroundings and the tree, without I/O; docs/opsmx.md says
what is repaired and what is not carried over.
"""
