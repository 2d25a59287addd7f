"""An app with the built-in XGBoost: trained by the algorithm itself, judged by a script, registered or refused."""

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    CacheConfig,
    Channel,
    ConditionStep,
    FailStep,
    Image,
    ModelPackageGroup,
    Parameter,
    Pipeline,
    ProcessingStep,
    RegisterModelStep,
    S3Location,
    Script,
    TrainingStep,
)

app = App()
stack = Stack(app, "Abalone")
data = s3.Bucket(stack, "Data")
group = ModelPackageGroup(stack, "Models", model_package_group_name="abalone")

instance_type = Parameter.string("InstanceType", default="ml.m5.xlarge")
max_mse = Parameter.float("MaxMse", default=6.0)

pipeline = Pipeline(stack, "Pipeline", cache=CacheConfig(Duration.days(30)))

prepare = ProcessingStep(
    pipeline,
    "Prepare",
    image=Image.sklearn("1.2-1"),
    script=Script("jobs/prepare.py"),
    instance_type=instance_type,
    inputs={"raw": S3Location(data, "raw/")},
    outputs=["train", "test"],
)
train = TrainingStep(
    pipeline,
    "Train",
    image=Image.xgboost("1.7-1"),
    instance_type=instance_type,
    inputs={"train": Channel(prepare.output("train"), content_type="text/csv")},
    hyperparameters={"objective": "reg:squarederror", "num_round": 50},
)
evaluate = ProcessingStep(
    pipeline,
    "Evaluate",
    image=Image.xgboost("1.7-1"),
    script=Script("jobs/evaluate.py"),
    instance_type=instance_type,
    inputs={"model": train.model_artifacts, "test": prepare.output("test")},
    outputs=["report"],
)
mse = evaluate.property_file("report", "evaluation.json").number("regression_metrics.mse.value")

check = ConditionStep(pipeline, "CheckMse", condition=mse <= max_mse)
RegisterModelStep(
    check.if_steps,
    "Register",
    image=Image.xgboost("1.7-1"),
    model_data=train.model_artifacts,
    model_package_group=group,
)
FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error {mse} is above {max_mse}")

app.synth()
