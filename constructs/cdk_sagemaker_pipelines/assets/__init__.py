"""Values that bind to a step and say what it needs: objects in S3, code, images."""

from .code import Script, SourceDir, StagedCode
from .image import Image, ImageUse
from .s3_prefix import S3Prefix, uri_of
from .workplace import Workplace

__all__ = ["Image", "ImageUse", "S3Prefix", "Script", "SourceDir", "StagedCode", "Workplace", "uri_of"]
