"""What can be wrong with what stands beside the arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import holders, rule
from .faults import GONE, Document, Places, added, changed, fault, near

CACHED = "Processing Training Tuning AutoML Transform ClarifyCheck QualityCheck Callback Lambda EMR EMRServerless Job"
MONTH = {"Enabled": True, "ExpireAfter": "P30D"}
(
    rule("cache", CACHED, "")
    .fault("a_cache_that_is_no_object", "CacheConfig", CacheConfig=True)
    .fault("a_switch_that_is_null", "CacheConfig.Enabled", CacheConfig={**MONTH, "Enabled": None})
    .fault("an_age_that_is_null", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": None})
    .fault("a_switch_as_a_text", "CacheConfig.Enabled", CacheConfig={**MONTH, "Enabled": "true"})
    .fault("an_age_in_months_or_minutes", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "10m"})
    .fault("an_age_as_a_number", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": 30})
    .fault("an_age_without_a_unit", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "P30"})
    .fault("an_age_of_nothing", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "PT0H"})
    .near("an_age_with_everything", CacheConfig={**MONTH, "ExpireAfter": "P1Y2M10DT2H30M"})
    .near("a_cache_that_is_off", CacheConfig={"Enabled": False})
    .near("an_age_that_is_a_token", CacheConfig={**MONTH, "ExpireAfter": "${Token[TOKEN.1]}"})
)
(
    rule("cache-age-form", CACHED, "", "warning")
    .fault("an_age_in_days", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "30d"})
    .fault("an_age_in_lower_case", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "p30d"})
    .fault("an_age_without_its_p", "CacheConfig.ExpireAfter", CacheConfig={**MONTH, "ExpireAfter": "T12H"})
    .near("an_age_in_iso_8601", CacheConfig={**MONTH, "ExpireAfter": "P4DT12H"})
)
rule("unknown-key", CACHED, "").fault(
    "a_cache_with_more", "CacheConfig.Expires", CacheConfig={**MONTH, "Expires": "P30D"}
).near("a_cache_without_more", CacheConfig=MONTH)
rule("cache-enabled", CACHED, "", "warning").fault(
    "a_cache_without_a_switch", "CacheConfig.Enabled", CacheConfig={"ExpireAfter": "P30D"}
).near("a_cache_with_a_switch", CacheConfig=MONTH)
rule("cache-without-age", CACHED, "", "warning").fault(
    "a_cache_for_ever",
    "CacheConfig",
    only=lambda step: step.get("CacheConfig") != {"Enabled": True},
    CacheConfig={"Enabled": True},
).near("a_cache_for_a_month", CacheConfig=MONTH)

RETRIED = "Processing Training Tuning AutoML Transform Model RegisterModel EMR EMRServerless EndpointConfig Job"
OFTEN = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 5}
POLICY = "RetryPolicies[0]"


def retried(without: str = "", **changes: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in {**OFTEN, **changes}.items() if key != without}]


(
    rule("retry-policy", RETRIED, "")
    .fault("retries_that_are_no_list", "RetryPolicies", RetryPolicies=OFTEN)
    .fault("a_retry_that_is_no_object", POLICY, RetryPolicies=["Step.THROTTLING"])
    .fault(
        "an_exception_that_is_no_list",
        f"{POLICY}.ExceptionType",
        RetryPolicies=retried(ExceptionType="Step.THROTTLING"),
    )
    .fault("no_exception", f"{POLICY}.ExceptionType", RetryPolicies=retried(ExceptionType=[]))
    .fault("two_ends", POLICY, RetryPolicies=retried(ExpireAfterMin=5))
    .fault("too_many_attempts", f"{POLICY}.MaxAttempts", RetryPolicies=retried(MaxAttempts=21))
    .fault("half_an_attempt", f"{POLICY}.MaxAttempts", RetryPolicies=retried(MaxAttempts=1.5))
    .fault("attempts_as_a_text", f"{POLICY}.MaxAttempts", RetryPolicies=retried(MaxAttempts="5"))
    .fault("an_interval_that_is_too_long", f"{POLICY}.IntervalSeconds", RetryPolicies=retried(IntervalSeconds=43201))
    .fault("an_interval_back_in_time", f"{POLICY}.IntervalSeconds", RetryPolicies=retried(IntervalSeconds=-1))
    .fault(
        "a_time_that_is_too_long",
        f"{POLICY}.ExpireAfterMin",
        RetryPolicies=retried("MaxAttempts", ExpireAfterMin=14401),
    )
    .fault("a_rate_that_is_null", f"{POLICY}.BackoffRate", RetryPolicies=retried(BackoffRate=None))
    .fault("an_interval_that_is_null", f"{POLICY}.IntervalSeconds", RetryPolicies=retried(IntervalSeconds=None))
    .fault("attempts_that_are_null", f"{POLICY}.MaxAttempts", RetryPolicies=retried(MaxAttempts=None))
    .fault("a_time_that_is_null", f"{POLICY}.ExpireAfterMin", RetryPolicies=retried(ExpireAfterMin=None))
    .fault("a_rate_below_nothing", f"{POLICY}.BackoffRate", RetryPolicies=retried(BackoffRate=-0.1))
    .fault("a_rate_as_a_text", f"{POLICY}.BackoffRate", RetryPolicies=retried(BackoffRate="2"))
    .near("as_many_attempts_as_can_be", RetryPolicies=retried(MaxAttempts=20, IntervalSeconds=43200))
    .near("a_time_as_long_as_can_be", RetryPolicies=retried("MaxAttempts", ExpireAfterMin=14400, BackoffRate=1))
)
(
    rule("retry-bound", RETRIED, "", "warning")
    .fault("no_attempt", f"{POLICY}.MaxAttempts", RetryPolicies=retried(MaxAttempts=0))
    .fault("no_interval", f"{POLICY}.IntervalSeconds", RetryPolicies=retried(IntervalSeconds=0))
    .fault("ever_faster", f"{POLICY}.BackoffRate", RetryPolicies=retried(BackoffRate=0.5))
    .near("the_least_of_all", RetryPolicies=retried(MaxAttempts=1, BackoffRate=1))
)


def ends(policies: Any) -> bool:
    """Whether there is no policy, or the first one says when to end."""
    return not policies or bool(policies[0].keys() & {"MaxAttempts", "ExpireAfterMin"})


rule("retry-without-end", RETRIED, "", "warning").fault(
    "no_end", POLICY, only=lambda step: ends(step.get("RetryPolicies")), RetryPolicies=retried("MaxAttempts")
).near("an_end_in_time", RetryPolicies=retried("MaxAttempts", ExpireAfterMin=1))
rule("unknown-key", RETRIED, "").fault("a_retry_with_more", f"{POLICY}.Retries", RetryPolicies=retried(Retries=5))
(
    rule("retry-exception", RETRIED, "")
    .fault("another_exception", f"{POLICY}.ExceptionType[0]", RetryPolicies=retried(ExceptionType=["Step.THROTTLE"]))
    .fault("an_exception_that_is_no_text", f"{POLICY}.ExceptionType[0]", RetryPolicies=retried(ExceptionType=[5]))
    .near("two_exceptions", RetryPolicies=retried(ExceptionType=["Step.THROTTLING", "Step.SERVICE_FAULT"]))
)
CAPACITY = retried(ExceptionType=["SageMaker.CAPACITY_ERROR"])
INTERNAL = retried(ExceptionType=["SageMaker.JOB_INTERNAL_ERROR"])
rule("retry-exception", "Model RegisterModel EMR EMRServerless", "").fault(
    "an_exception_of_jobs", f"{POLICY}.ExceptionType[0]", RetryPolicies=CAPACITY
)
rule("retry-exception", "ClarifyCheck QualityCheck", "", "warning").fault(
    "an_exception_of_jobs_for_a_check", f"{POLICY}.ExceptionType[0]", RetryPolicies=CAPACITY
)
rule("retry-exception", "Processing Training Transform Tuning AutoML", "").near(
    "an_exception_of_jobs_for_a_job", RetryPolicies=CAPACITY
)
(
    rule("retry-exception", RETRIED, "", "warning").fault(
        "an_exception_of_the_schema",
        f"{POLICY}.ExceptionType[0]",
        RetryPolicies=retried(ExceptionType=["Emr.RESOURCE_LIMIT"]),
    )
)
rule("retry-exception", "Tuning AutoML", "", "warning").fault(
    "an_exception_that_is_never_retried", f"{POLICY}.ExceptionType[0]", RetryPolicies=INTERNAL
)
(
    rule("retry-twice", RETRIED, "", "warning")
    .fault("two_policies_for_one_exception", "RetryPolicies[1].ExceptionType[0]", RetryPolicies=retried() * 2)
    .near("two_policies", RetryPolicies=[*retried(), *retried(ExceptionType=["Step.SERVICE_FAULT"])])
)

FILES = "PropertyFiles.*"
(
    rule("property-file", "Processing", FILES)
    .fault("a_file_without_a_name", "PropertyFileName", PropertyFileName=GONE)
    .fault("a_file_without_a_path", "FilePath", FilePath=GONE)
    .fault("an_empty_path", "FilePath", FilePath="")
    .near("a_path_in_a_folder", FilePath="a/report.json")
)
(
    rule("property-file", "Processing", FILES, "warning")
    .fault("a_path_out_of_the_output", "FilePath", FilePath="a/../../b.json")
    .near("a_path_with_dots", FilePath="a..b/c.json")
    .fault("a_path_from_the_root", "FilePath", FilePath="/opt/ml/processing/report.json")
    .fault("a_uri_as_a_path", "FilePath", FilePath="s3://b/report.json")
)
rule("property-file", "Processing", "").fault("files_that_are_no_list", "PropertyFiles", PropertyFiles={})
rule("unknown-key", "Processing", FILES).fault("a_file_with_more", "Format", Format="json")
rule("unknown-output", "Processing", FILES).fault("a_file_in_no_output", "OutputName", OutputName="nowhere").fault(
    "a_file_in_an_output_without_a_name", "OutputName", OutputName=GONE
)


@near("unknown-output")
def a_file_in_another_output(document: Document) -> Iterator[None]:
    for step, file, _ in holders(document, ("Processing",), FILES):
        for output in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]:
            with changed(file, "OutputName", output["OutputName"]):
                yield


@fault("duplicate-property-file")
def two_files_of_one_name(document: Document) -> Places:
    for step, files, where in holders(document, ("Processing",), "PropertyFiles"):
        if files:
            with added(files, files[0]):
                yield step["Name"], f"{where}[{len(files) - 1}]"


@near("duplicate-property-file")
def two_files_of_two_names(document: Document) -> Iterator[None]:
    for _, files, _ in holders(document, ("Processing",), "PropertyFiles"):
        if files:
            with added(files, {**files[0], "PropertyFileName": "another"}):
                yield


@fault("shape")
def a_file_that_is_no_object(document: Document) -> Places:
    for step, files, where in holders(document, ("Processing",), "PropertyFiles"):
        with added(files, "report"):
            yield step["Name"], f"{where}[{len(files) - 1}]"


@near("shape")
def a_file_that_is_an_object(document: Document) -> Iterator[None]:
    yield from two_files_of_two_names(document)
