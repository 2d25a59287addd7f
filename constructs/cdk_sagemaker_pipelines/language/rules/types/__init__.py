"""What the shapes of requests do not say: the rules over the arguments of individual step types."""

from __future__ import annotations

from ..subject import Rule
from .base.names import experiments, name_prefixes
from .base.volumes import volume_keys
from .calls.calls import call_outputs, call_targets
from .checks.baseline_check import check_baselines, check_options, check_types, clarify_inputs
from .emr.emr import emr_clusters, emr_instances, serverless_applications, serverless_repetitions
from .hosting.hosting import component_specifications, shadow_variants, variant_instances, variant_names
from .jobs.auto_ml import auto_ml_channels, auto_ml_modes, auto_ml_objectives
from .jobs.distribution import distributions
from .jobs.job import job_documents
from .jobs.processing import entry_points, local_paths, processing_names, processing_sources, streamed_compression
from .jobs.training import (
    framework_scripts,
    shared_pools,
    spot_checkpoints,
    spot_times,
    training_algorithms,
    training_channels,
    training_file_systems,
    training_instances,
    training_requests,
    warm_pools,
)
from .jobs.transform import transform_batches, transform_filters, transform_payloads
from .jobs.tuning import (
    tuned_names,
    tuning_definitions,
    tuning_objectives,
    tuning_ranges,
    tuning_resources,
    tuning_strategies,
)
from .models.model import (
    additional_model_data,
    model_compression,
    model_containers,
    model_hostnames,
    model_package_sources,
    model_package_tags,
    model_packages,
    model_sources,
)
from .records.cleanup import cleanup_objects, cleanup_sources
from .records.lineage import lineage_ends, lineage_entities

TYPE_RULES: tuple[Rule, ...] = (
    processing_sources,
    local_paths,
    entry_points,
    streamed_compression,
    processing_names,
    training_requests,
    training_algorithms,
    training_instances,
    framework_scripts,
    distributions,
    spot_times,
    spot_checkpoints,
    warm_pools,
    shared_pools,
    volume_keys,
    training_channels,
    training_file_systems,
    tuning_definitions,
    tuning_objectives,
    tuning_strategies,
    tuning_ranges,
    tuned_names,
    tuning_resources,
    auto_ml_modes,
    auto_ml_objectives,
    auto_ml_channels,
    transform_payloads,
    transform_batches,
    transform_filters,
    model_containers,
    model_sources,
    model_compression,
    additional_model_data,
    model_hostnames,
    model_packages,
    model_package_tags,
    model_package_sources,
    check_types,
    check_options,
    check_baselines,
    clarify_inputs,
    call_targets,
    call_outputs,
    emr_clusters,
    emr_instances,
    serverless_applications,
    serverless_repetitions,
    variant_names,
    variant_instances,
    shadow_variants,
    component_specifications,
    lineage_entities,
    lineage_ends,
    job_documents,
    cleanup_sources,
    cleanup_objects,
    name_prefixes,
    experiments,
)
