"""From a definition to something that a reviewer reads. Pure: a definition or a cdk.out goes in, text comes out."""

from .assembly import SynthesizedPipeline, from_directory, from_template
from .dot import dot
from .mermaid import mermaid
from .text import text

__all__ = ["SynthesizedPipeline", "dot", "from_directory", "from_template", "mermaid", "text"]
