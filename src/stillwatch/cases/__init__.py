"""Cases: a finding as a person reads it.

Comes in: a `ScanResult`. Goes out: `report.html`, the terminal summary, redacted text. Everything that came from the
log is written by strangers and is treated so: redacted, made visible, escaped. Only the command line and the console
import this package.
"""
