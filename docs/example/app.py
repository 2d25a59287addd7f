from aws_cdk import App, Stack
from cdk_sagemaker_pipelines import (
    ConditionStep, FailStep, Image, ModelPackageGroup, Parameter, Pipeline, ProcessingStep, RegisterModelStep,
    Script, SourceDir, TrainingStep,
)

app = App()
stack = Stack(app, "Line")
group = ModelPackageGroup(stack, "Models", model_package_group_name="line")
max_mse = Parameter.float("MaxMse", default=2.0)
python = Image.sklearn("1.2-1")

pipeline = Pipeline(stack, "Pipeline", pipeline_name="Line")
prepare = ProcessingStep(
    pipeline, "Prepare",
    image=python, script=Script("jobs/prepare.py"), instance_type="ml.m5.large", outputs=["train", "test"],
)
train = TrainingStep(
    pipeline, "Train",
    image=python, source=SourceDir("jobs/train", entry_point="train.py"), instance_type="ml.m5.large",
    inputs={"train": prepare.output("train")},
)
evaluate = ProcessingStep(
    pipeline, "Evaluate",
    image=python, script=Script("jobs/evaluate.py"), instance_type="ml.m5.large",
    inputs={"model": train.model_artifacts, "test": prepare.output("test")}, outputs=["report"],
)
mse = evaluate.property_file("report", "evaluation.json").number("mse")
check = ConditionStep(pipeline, "CheckMse", condition=mse <= max_mse)
RegisterModelStep(check.if_steps, "Register", image=python, model_data=train.model_artifacts, model_package_group=group)
FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error {mse} is above {max_mse}")

app.synth()
