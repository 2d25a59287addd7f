"""File systems that training jobs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...language import Expression, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ..base.field_checks import member, one_of, text

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs
    from aws_cdk import aws_fsx as fsx


class FileSystemSource(NoValue):
    """A directory of a file system, as a channel of a training job: the base of ``EfsSource`` and ``FsxLustreSource``.

    ```python
    directories: list[FileSystemSource] = [EfsSource("fs-0123456789abcdef0", "/train")]
    ```

    The job needs ``vpc``, the network of the file system, which must let its security group in:
    ``file_system.connections.allow_default_port_from(group)``. Processing jobs take no file systems.

    API: [FileSystemDataSource](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FileSystemDataSource.html).
    """

    _type: ClassVar[str]

    def _bind(self, what: str) -> dict[str, Any]:
        """The API's ``FileSystemDataSource``."""
        given: Any = self
        one_of(given.access_mode, ("ro", "rw"), f"{what}: access_mode")
        file_system = given.file_system
        if not isinstance(file_system, (str, Expression)):
            example = "a file system of CDK or its id, such as 'fs-0123456789abcdef0'"
            file_system = member(file_system, "file_system_id", f"{what}: file_system", example)
        return {
            "FileSystemId": file_system,
            "FileSystemType": self._type,
            "DirectoryPath": text(given.directory_path, f"{what}: directory_path"),
            "FileSystemAccessMode": given.access_mode,
        }


@documented
@dataclass(frozen=True)
class EfsSource(FileSystemSource):
    """A directory of an EFS file system, as a channel of a training job in its VPC.

    ```python
    TrainingStep(
        pipeline, "Fit", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", vpc=vpc,
        inputs={"train": EfsSource("fs-0123456789abcdef0", "/train")},
    )
    ```

    API: [FileSystemDataSource](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FileSystemDataSource.html).
    """

    _type = "EFS"

    file_system: efs.IFileSystem | StringLike
    """The file system, as a construct of CDK or by its id."""
    directory_path: StringLike = "/"
    """The path of the directory in the file system. Default: the whole of it."""
    access_mode: Literal["ro", "rw"] = "ro"
    """"ro" to read the files, "rw" to write as well."""


@documented
@dataclass(frozen=True)
class FsxLustreSource(FileSystemSource):
    """A directory of an FSx for Lustre file system, as a channel of a training job in its VPC.

    ```python
    TrainingStep(
        pipeline, "Fit", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", vpc=vpc,
        inputs={"train": FsxLustreSource("fs-0123456789abcdef0", "/fsx/train")},
    )
    ```

    API: [FileSystemDataSource](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FileSystemDataSource.html).
    """

    _type = "FSxLustre"

    file_system: fsx.IFileSystem | StringLike
    """The file system, as a construct of CDK or by its id."""
    directory_path: StringLike
    """The path of the directory, which begins with the mount name, such as ``/fsx/train``."""
    access_mode: Literal["ro", "rw"] = "ro"
    """"ro" to read the files, "rw" to write as well."""
