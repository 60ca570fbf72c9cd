"""The catalogue of hostile input and faults: a server that is up to anything, and its cases."""
