"""Campaign kinds, one file each. In: an `Operation`. Out: accounts and requests in its town."""
