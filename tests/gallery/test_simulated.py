"""What cannot run here: the gallery's checks, EMR, AutoML and jobs of the service are simulated, and say so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.executions import Run
from tests.gallery.catalog import violated
from tests.gallery.deployment import Gallery

pytestmark = pytest.mark.slow

SIMULATED = {
    "QualityCheck": {"Quality"},
    "ClarifyCheck": {"Bias", "Explain"},
    "MonitoredTransform": {"Score-monitoring"},
    "AutoML": {"Search"},
    "EMR": {"Shared", "Told", "Own"},
    "EMRServerless": {"Count", "Query"},
    "Job": {"Transform"},
}
"""The steps that are, by stack."""
ALIVE = ["RUNNING", "WAITING"]


@pytest.mark.parametrize("stack", SIMULATED)
def test_only_simulated_steps_say_that_they_are(stack: str, gallery: Gallery) -> None:
    run = gallery.run(stack)
    said = {name: step.get("StepDescription", "") for name, step in run.steps.items()}
    assert {name for name, text in said.items() if text.startswith("[simulated: ")} == SIMULATED[stack]


def test_scripted_steps_say_that_they_are(gallery: Gallery) -> None:
    run = gallery.run("Lambda", outcomes={"Count": {"fail": "the function is tired"}})
    assert run.steps["Count"]["FailureReason"] == "the function is tired"
    assert run.steps["Count"]["StepDescription"].startswith("[scripted: ")


def test_the_best_candidate_is_the_model(gallery: Gallery) -> None:
    run = gallery.run("AutoML")
    found = gallery.sagemaker.describe_auto_ml_job(AutoMLJobName=run.job("Search"))["BestCandidate"]
    (best,) = found["InferenceContainers"]
    container = gallery.sagemaker.describe_model(ModelName=run.job("Create"))["PrimaryContainer"]
    assert (container["Image"], container["ModelDataUrl"]) == (best["Image"], best["ModelDataUrl"])
    assert gallery.read(best["ModelDataUrl"])


class TestChecks:
    def config(self, gallery: Gallery, name: str) -> Any:
        """The configuration of an analysis, which must have just this name."""
        (step,) = [one for one in gallery.definition("ClarifyCheck")["Steps"] if one["Name"] == name]
        inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in step["Arguments"]["ProcessingInputs"]}
        assert inputs["analysis_config"].endswith("/analysis_config.json")
        return json.loads(gallery.read(inputs["analysis_config"]))

    def test_configurations_are_written(self, gallery: Gallery) -> None:
        data = {"dataset_type": "text/csv", "headers": ["age", "sex", "length"], "label": "age"}
        report = {"name": "report", "title": "Analysis Report"}
        assert self.config(gallery, "Bias") == {
            **data,
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
            "methods": {"pre_training_bias": {"methods": "all"}, "report": report},
        }
        # the name of the bucket is known since the deployment
        (bucket,) = [name for name in gallery.resources("ClarifyCheck", "AWS::S3::Bucket") if "artifacts" not in name]
        shap = {"baseline": f"s3://{bucket}/baseline.csv", "use_logit": False, "save_local_shap_values": True}
        assert self.config(gallery, "Explain") == {
            **data,
            "methods": {"shap": shap, "report": report},
            "predictor": {"instance_type": "ml.m5.large", "initial_instance_count": 1},
        }

    def test_the_next_run_compares_with_the_registered_baselines(self, gallery: Gallery) -> None:
        first = gallery.run("QualityCheck")
        assert first.metadata("Quality")["CalculatedBaselineStatistics"].endswith("/statistics.json")
        approve(gallery, "ages-quality", {"ModelDataQuality": baseline(first, "Quality", "Statistics", "Constraints")})
        again = gallery.run("QualityCheck", {"FirstRun": "false"})
        assert again.status == "Succeeded"
        kept = "BaselineUsedForDriftCheckConstraints"
        assert again.metadata("Quality")[kept] == first.metadata("Quality")[kept]
        assert again.metadata("Quality")["CalculatedBaselineConstraints"] != first.metadata("Quality")[kept]

        bad = gallery.run("QualityCheck", {"FirstRun": "false"}, violated("Quality"))
        assert (bad.status, bad.statuses()) == ("Failed", {"Quality": "Failed"})
        assert "the check found violations" in bad.steps["Quality"]["FailureReason"]
        assert json.loads(gallery.read(bad.metadata("Quality")["ViolationReport"]))["violations"]

    def test_bias_and_reasons_are_compared_with_their_own_baselines(self, gallery: Gallery) -> None:
        first = gallery.run("ClarifyCheck")
        told = first.outputs("Tell")["told"].split()
        assert [uri.rpartition("/")[2] for uri in told] == ["analysis.json", "analysis.json"]
        baselines = {
            "Bias": {"PreTrainingConstraints": baseline(first, "Bias", "Constraints")["Constraints"]},
            "Explainability": baseline(first, "Explain", "Constraints"),
        }
        approve(gallery, "ages-clarify", baselines)
        again = gallery.run("ClarifyCheck", {"FirstRun": "false"})
        assert again.outputs("Tell") == first.outputs("Tell")
        for step in ("Bias", "Explain"):
            bad = gallery.run("ClarifyCheck", {"FirstRun": "false"}, violated(step))
            assert "the check found violations" in bad.steps[step]["FailureReason"]

    def test_data_with_violations_is_not_transformed(self, gallery: Gallery) -> None:
        first = gallery.run("MonitoredTransform")
        assert first.steps["Score-transform"]["StartTime"] >= first.steps["Score-monitoring"]["EndTime"]
        monitored = baseline(first, "Score-monitoring", "Statistics", "Constraints")
        approve(gallery, "monitored", {"ModelDataQuality": monitored})
        bad = gallery.run("MonitoredTransform", {"FirstRun": "false"}, violated("Score-monitoring"))
        assert "the check found violations" in bad.steps["Score-monitoring"]["FailureReason"]
        assert "Score-transform" not in bad.steps


def baseline(run: Run, step: str, *parts: str) -> dict[str, Any]:
    """What a check has registered, as a model package takes it."""
    told = run.metadata(step)
    return {
        part: {"ContentType": "application/json", "S3Uri": told[f"BaselineUsedForDriftCheck{part}"]} for part in parts
    }


def approve(gallery: Gallery, group: str, baselines: dict[str, Any]) -> None:
    """Registers baselines with an approved version of the group, which is created unless a stack has it."""
    sagemaker = gallery.sagemaker
    there = sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
    if group not in [each["ModelPackageGroupName"] for each in there]:
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
    sagemaker.create_model_package(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", DriftCheckBaselines=baselines
    )


class TestEMR:
    def clusters(self, gallery: Gallery, *states: str) -> list[str]:
        return [one["Id"] for one in gallery.client("emr").list_clusters(ClusterStates=list(states))["Clusters"]]

    def test_every_step_has_its_scripted_outcome(self, gallery: Gallery) -> None:
        (shared,) = gallery.resources("EMR", "AWS::EMR::Cluster")
        run = gallery.run("EMR")
        where = {name: run.metadata(name) for name in run.steps}
        assert where["Shared"]["ClusterId"] == where["Told"]["ClusterId"] == shared
        # a cluster of the step's own ends with it
        assert where["Own"]["ClusterId"] in self.clusters(gallery, "TERMINATED")
        assert self.clusters(gallery, *ALIVE) == [shared]
        steps = gallery.client("emr").list_steps(ClusterId=shared)["Steps"]
        (told,) = [step for step in steps if step["Name"] == where["Told"]["StepName"]]
        assert told["Config"]["Args"] == ["echo", where["Shared"]["StepId"]]

    def test_clusters_are_configured_alike(self, gallery: Gallery) -> None:
        run = gallery.run("EMR")
        for step in ("Shared", "Own"):
            identity = run.metadata(step)["ClusterId"]
            (spark,) = gallery.client("emr").describe_cluster(ClusterId=identity)["Cluster"]["Configurations"]
            assert (spark["Classification"], spark["Properties"]) == ("spark", {"maximizeResourceAllocation": "true"})

    def test_applications_are_those_of_the_steps(self, gallery: Gallery) -> None:
        run = gallery.run("EMRServerless")
        (application,) = gallery.resources("EMRServerless", "AWS::EMRServerless::Application")
        assert run.metadata("Count")["ApplicationId"] == application
        assert run.metadata("Query")["ApplicationId"] != application

    def test_a_cluster_that_is_gone_fails_its_steps(self, gallery: Gallery) -> None:
        (shared,) = gallery.resources("EMR", "AWS::EMR::Cluster")
        gallery.client("emr").terminate_job_flows(JobFlowIds=[shared])
        run = gallery.run("EMR")
        assert (run.status, run.steps["Shared"]["StepStatus"]) == ("Failed", "Failed")
        assert "TERMINAT" in run.steps["Shared"]["FailureReason"]
