"""Bad input to a Clarify check."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ClarifyModel,
    ClarifyShap,
    DataBiasCheck,
    ExplainabilityCheck,
    ModelBiasCheck,
    Parameter,
    Pipeline,
    PipelineError,
    S3Location,
)
from tests.steps.bad import NO_VPC, NUMBER, TEXT, Case, Write, cases, refused
from tests.steps.checks.test_clarify_check import BIAS, check


def explain(scope: Any, **fields: Any) -> ClarifyCheckStep:
    return check(scope, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large")), **fields)


NO_LITERAL = "must be literal, since the file is written before the pipeline runs"
OWNER = "ClarifyCheckStep 'Stack/P/A': "
REFUSED: list[Case] = [
    (
        lambda p: check(p, check="bias"),
        "check takes DataBiasCheck(...), ModelBiasCheck(...) or ExplainabilityCheck(...), not 'bias'",
    ),
    (
        lambda p: check(p, model_package_group=None),
        "there is no earlier baseline: give model_package_group or supplied_baseline_constraints, or make skip_check "
        "and register_new_baseline true for a first run",
    ),
    (
        lambda p: check(p, model_package_group=None, skip_check=True),
        "there is no earlier baseline: give model_package_group or supplied_baseline_constraints, or make skip_check "
        "and register_new_baseline true for a first run",
    ),
    (
        lambda p: check(p, model_package_group=5),
        "model_package_group takes a ModelPackageGroup, a name or an ARN, not 5",
    ),
    (
        lambda p: check(p, skip_check="yes"),
        "skip_check takes a boolean, a parameter or another expression for one, not 'yes'",
    ),
    (
        lambda p: check(p, fail_on_violation=TEXT),
        f"fail_on_violation takes a boolean, a parameter or another expression for one, not {TEXT!r}",
    ),
    (
        lambda p: check(p, register_new_baseline=1),
        "register_new_baseline takes a boolean, a parameter or another expression for one, not 1",
    ),
    (
        lambda p: check(p, supplied_baseline_constraints="constraints.json"),
        "supplied_baseline_constraints: 'constraints.json' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (lambda p: check(p, output=5), "output: an S3Location, a step's output or an S3 URI is needed, not 5"),
    (lambda p: check(p, dataset=5), "dataset: an S3Location, a step's output or an S3 URI is needed, not 5"),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", "text/csw")),
        "dataset: dataset_type is 'text/csw'; did you mean 'text/csv'?",
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", "application/json")),
        "dataset: 'application/json' needs features, the JMESPath of the features",
    ),
    (
        lambda p: check(
            p, dataset=ClarifyDataset("s3://b/x", "application/x-parquet", facet_dataset_uri="s3://b/facets")
        ),
        "dataset: facet_dataset_uri is for 'text/csv' only, not for 'application/x-parquet'",
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", label=TEXT)),
        f"dataset: label {TEXT!r} {NO_LITERAL}",
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", headers=["a", f"b{TEXT}"])),
        f"analysis_config.headers[1]: 'b{{Parameters.X}}' {NO_LITERAL}",
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", headers={"a"})),
        "dataset: headers takes a list of texts, not {'a'}",
    ),
    (
        lambda p: check(p, check=DataBiasCheck(label_values_or_threshold=[NUMBER], facet=[ClarifyFacet("sex")])),
        f"check: label_values_or_threshold takes a list of texts or numbers, not [{NUMBER!r}]",
    ),
    (
        lambda p: check(p, check=DataBiasCheck(label_values_or_threshold=[1], facet=["sex"])),
        "check: facet takes a list of ClarifyFacet(...), not ['sex']",
    ),
    (
        lambda p: check(p, check=DataBiasCheck(label_values_or_threshold=[1], facet=[])),
        "check: facet and label_values_or_threshold need at least one entry",
    ),
    (
        lambda p: check(p, check=DataBiasCheck(label_values_or_threshold=1, facet=[ClarifyFacet("sex")])),
        "check: label_values_or_threshold takes a list of texts or numbers, not 1",
    ),
    (
        lambda p: check(p, check=DataBiasCheck(**BIAS, methods="CI")),
        "check: methods takes 'all' or a list of names, not 'CI'",
    ),
    (
        lambda p: check(p, check=ModelBiasCheck(**BIAS, predictor="m")),
        "check: predictor takes ClarifyModel(...), not 'm'",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel(5, "ml.m5.large"))),
        "check: predictor: model must be a ModelStep or the name of a model, not 5",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", Parameter.string("T", default="ml.m5.large")))),
        f"check: predictor: instance_type {Parameter.string('T', default='ml.m5.large')!r} {NO_LITERAL}",
    ),
    (
        lambda p: check(
            p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large", content_type="application/jsonlines"))
        ),
        "check: predictor: content_type 'application/jsonlines' needs content_template",
    ),
    (
        lambda p: check(
            p,
            check=ExplainabilityCheck(
                ClarifyModel("m", "ml.m5.large", content_type="application/json", content_template="$records")
            ),
        ),
        "check: predictor: content_type 'application/json' needs content_template and record_template",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), ClarifyShap(agg_method="mean"))),
        "check: shap: agg_method is 'mean'; did you mean 'mean_abs'?",
    ),
    (
        lambda p: check(
            p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), ClarifyShap(baseline=[[1]], num_clusters=2))
        ),
        "check: shap: num_clusters is for the baseline that the container computes; give no baseline then",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), shap=None)),
        "check: give shap or other methods",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), shap={"seed": 1})),
        "check: shap takes ClarifyShap(...), not {'seed': 1}",
    ),
    (
        lambda p: explain(p, enable_network_isolation=True),
        "enable_network_isolation: the job must reach the endpoint that it creates",
    ),
    (lambda p: check(p, image="clarify"), "image takes an Image such as Image.sklearn('1.2-1'), not 'clarify'"),
    (
        lambda p: check(p, vpc_subnets=cdk.aws_ec2.SubnetSelection()),
        NO_VPC,
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x", headers="a,b")),
        "dataset: headers takes a list of texts, not 'a,b'",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", 5))),
        "check: predictor: instance_type takes a text, not 5",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), ClarifyShap(seed="7"))),
        "check: shap: seed takes a whole number, not '7'",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), ClarifyShap(use_logit="yes"))),
        "check: shap: use_logit takes a boolean, not 'yes'",
    ),
    (
        lambda p: check(p, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), methods=["pdp"])),
        "check: methods takes a dict by name, not ['pdp']",
    ),
    (
        lambda p: check(p, check=DataBiasCheck([float("nan")], [ClarifyFacet("sex")])),
        "check: label_values_or_threshold takes a list of texts or numbers, not [nan]",
    ),
    (
        lambda p: check(p, check=DataBiasCheck([1], [ClarifyFacet("sex", "F")])),
        "check: facet[0]: value_or_threshold takes a list of texts or numbers, not 'F'",
    ),
]


@cases(REFUSED)
def test_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, OWNER + text, pipeline)


def test_a_configuration_with_tokens_needs_a_bucket_to_go_to(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", artifacts=S3Location.from_uri("s3://artifacts"))
    with pytest.raises(PipelineError) as error:
        check(pipeline, dataset=ClarifyDataset("s3://b/x", label=s3.Bucket(stack, "Data").bucket_name))
    assert str(error.value).startswith(
        f"{OWNER}analysis_config.json is put into the pipeline's artifacts when the stack is deployed; "
        "S3Location('s3://artifacts/"
    )
