"""What the shapes of requests do not say: the rules over the arguments of individual step types."""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import Finding
from ...later import later_function
from ..subject import Rule, Subject
from .base.names import experiments, name_prefixes
from .base.training_jobs import TYPES as TRAININGS
from .base.volumes import volume_keys


def _rules(module: str, types: tuple[str, ...], *names: str) -> Iterator[Rule]:
    """The rules of a module here, over steps of these types: it is loaded for the first of them."""
    for name in names:
        yield _rule(f"{__name__}.{module}", types, name)


def _rule(module: str, types: tuple[str, ...], name: str) -> Rule:
    judge = later_function(module, name)

    def rule(subject: Subject) -> Iterator[Finding]:
        if not subject.by_type.keys().isdisjoint(types):
            yield from judge(subject)

    rule.__module__, rule.__name__ = module, name
    return rule


TYPE_RULES: tuple[Rule, ...] = (
    *_rules(
        "jobs.processing",
        ("Processing", "ClarifyCheck", "QualityCheck"),
        "processing_sources",
        "local_paths",
        "entry_points",
        "streamed_compression",
        "processing_names",
    ),
    *_rules(
        "jobs.training",
        TRAININGS,
        "training_requests",
        "training_algorithms",
        "training_instances",
        "framework_scripts",
    ),
    *_rules("jobs.built_in", TRAININGS, "algorithm_hyperparameters", "algorithm_channels"),
    *_rules("jobs.distribution", TRAININGS, "distributions"),
    *_rules("jobs.preferences", TRAININGS, "instance_preferences", "pending_times"),
    *_rules("jobs.training", TRAININGS, "spot_times", "spot_checkpoints", "warm_pools", "shared_pools"),
    volume_keys,
    *_rules("jobs.training", TRAININGS, "training_channels", "training_file_systems"),
    *_rules(
        "jobs.tuning",
        ("Tuning",),
        "tuning_definitions",
        "tuning_objectives",
        "tuning_strategies",
        "tuning_ranges",
        "tuned_names",
        "tuning_resources",
    ),
    *_rules("jobs.auto_ml", ("AutoML",), "auto_ml_modes", "auto_ml_objectives", "auto_ml_channels"),
    *_rules("jobs.transform", ("Transform",), "transform_payloads", "transform_batches", "transform_filters"),
    *_rules(
        "models.model",
        ("Model", "RegisterModel"),
        "model_containers",
        "model_sources",
        "model_compression",
        "additional_model_data",
        "model_hostnames",
        "model_packages",
        "model_package_tags",
        "model_package_sources",
    ),
    *_rules(
        "checks.baseline_check",
        ("ClarifyCheck", "QualityCheck"),
        "check_types",
        "check_options",
        "check_baselines",
        "clarify_inputs",
    ),
    *_rules("calls.calls", ("Callback", "Lambda"), "call_targets", "call_outputs"),
    *_rules("jobs.queued_training", ("Callback",), "queued_requests"),
    *_rules(
        "emr.emr",
        ("EMR", "EMRServerless"),
        "emr_clusters",
        "emr_instances",
        "serverless_applications",
        "serverless_repetitions",
    ),
    *_rules(
        "hosting.hosting",
        ("EndpointConfig", "InferenceComponent"),
        "variant_names",
        "variant_instances",
        "shadow_variants",
        "component_specifications",
    ),
    *_rules("records.lineage", ("Lineage",), "lineage_entities", "lineage_ends"),
    *_rules("jobs.job", ("Job",), "job_documents"),
    *_rules("records.cleanup", ("Cleanup",), "cleanup_sources", "cleanup_objects"),
    name_prefixes,
    experiments,
)
