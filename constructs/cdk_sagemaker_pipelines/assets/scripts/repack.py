"""Puts inference code into a model archive; runs in the training job of a RepackModelStep.

The channel ``model`` holds the archive. The new one is made of what lies under SM_MODEL_DIR at the end. What would come
to lie outside of it, or points there, ends the job: the Pythons of many images have no filter for that.
"""

import os
import shutil
import sys
import tarfile
from pathlib import Path, PurePosixPath

channel, model = Path(os.environ["SM_CHANNEL_MODEL"]), Path(os.environ["SM_MODEL_DIR"])


def within(name: str) -> bool:
    """Whether a name leads to the folder, and not through a link."""
    path = PurePosixPath(name)
    parents = [model / parent for parent in path.parents][:-1]
    return not path.is_absolute() and ".." not in path.parts and not any(parent.is_symlink() for parent in parents)


def stays(member: tarfile.TarInfo) -> bool:
    """Whether what a symbolic link points to is in the folder.

    Once it has named something, which may be a link, it must not climb any more.
    """
    target = PurePosixPath(member.linkname)
    climbs = next((count for count, part in enumerate(target.parts) if part != ".."), len(target.parts))
    deep = len(PurePosixPath(member.name).parts) - 1
    return not target.is_absolute() and climbs <= deep and ".." not in target.parts[climbs:]


def harmless(member: tarfile.TarInfo) -> bool:
    """Whether a member may be unpacked after those before it."""
    if member.issym():
        return within(member.name) and stays(member)
    if member.islnk():
        return within(member.name) and within(member.linkname) and not (model / member.linkname).is_symlink()
    return within(member.name) and (member.isreg() or member.isdir())


archives = [path for path in channel.rglob("*") if path.is_file()]
if len(archives) != 1:
    sys.exit(f"one model archive is needed, found {sorted(path.name for path in archives)}")
with tarfile.open(archives[0]) as archive:
    if hasattr(tarfile, "data_filter"):
        archive.extraction_filter = tarfile.data_filter
    for member in archive:
        if not harmless(member):
            sys.exit(f"the model archive holds {member.name!r}, which leads out of its folder")
        archive.extract(member, model)
shutil.rmtree(model / "code", ignore_errors=True)
shutil.copytree(Path(__file__).parent / "inference", model / "code")
