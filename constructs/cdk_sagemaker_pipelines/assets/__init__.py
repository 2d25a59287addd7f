"""Values that bind to a step and declare what it needs: objects in S3, code, images, functions."""

from .code import Script, SourceDir, StagedCode
from .handler import LambdaHandler
from .image import Image, ImageUse
from .plain_files import deploy_files
from .s3_location import S3Location, uri_of
from .workplace import Workplace

__all__ = [
    "LambdaHandler",
    "Image",
    "ImageUse",
    "S3Location",
    "Script",
    "SourceDir",
    "StagedCode",
    "Workplace",
    "deploy_files",
    "uri_of",
]
