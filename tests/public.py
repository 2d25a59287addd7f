"""Everything public: the classes and functions that the library and its room ``testing`` export."""

import inspect
from typing import Any

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import testing

_NAMES = ((library, library._HOME), (testing, testing.__all__))
PUBLIC: dict[str, Any] = {name: getattr(room, name) for room, names in _NAMES for name in names}
CLASSES: dict[str, type] = {name: found for name, found in PUBLIC.items() if inspect.isclass(found)}
FUNCTIONS = {name: found for name, found in PUBLIC.items() if name not in CLASSES}
