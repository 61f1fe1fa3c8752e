"""The old place of `avow.formats.foreign`, for imports that have not been changed yet."""

from avow.formats.foreign import CVE, HEAD_BYTES, day_of, head_of, moment_of, shown, texts_of

__all__ = ["CVE", "HEAD_BYTES", "day_of", "head_of", "moment_of", "shown", "texts_of"]
