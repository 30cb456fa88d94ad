"""The one error of the builder."""


class BuildError(Exception):
    """The site cannot be built; the sentence says why and what to do."""
