# A shell session with the AWS CLI: a pipeline from its file to its deletion. Prints a line of JSON for each moment.
# usage: aws_cli.sh ROLE DEFINITION CHANGED
set -euo pipefail
role=$1 definition=$2 changed=$3

tell() { printf '{"moment": "%s", "told": %s}\n' "$1" "$(tr -d '\n')"; }
sm() { aws sagemaker "$@" --output json; }
ended() {
  until state=$(sm describe-pipeline-execution --pipeline-execution-arn "$1" --query PipelineExecutionStatus) &&
    [ "$state" != '"Executing"' ] && [ "$state" != '"Stopping"' ]; do sleep 0.3; done
  echo "$state"
}

sm create-pipeline --pipeline-name Shell --pipeline-definition "file://$definition" --role-arn "$role" \
  --tags Key=team,Value=ml --query PipelineArn | tell create
arn=$(aws sagemaker describe-pipeline --pipeline-name Shell --query PipelineArn --output text)
sm list-tags --resource-arn "$arn" --query Tags | tell tags

first=$(aws sagemaker start-pipeline-execution --pipeline-name Shell --pipeline-execution-display-name first \
  --pipeline-parameters Name=Word,Value=ready --query PipelineExecutionArn --output text)
ended "$first" | tell first
sm list-pipeline-parameters-for-execution --pipeline-execution-arn "$first" --query PipelineParameters | tell parameters
sm list-pipeline-execution-steps --pipeline-execution-arn "$first" \
  --query 'PipelineExecutionSteps[].[StepName,StepStatus]' | tell steps
sm retry-pipeline-execution --pipeline-execution-arn "$first" --query PipelineExecutionArn >/dev/null
ended "$first" | tell retried

sm update-pipeline --pipeline-name Shell --pipeline-definition "file://$changed" --query PipelineVersionId | tell update
sm list-pipeline-versions --pipeline-name Shell --query 'PipelineVersionSummaries[].PipelineVersionId' | tell versions
sm describe-pipeline-definition-for-execution --pipeline-execution-arn "$first" --query PipelineDefinition | tell definition
second=$(aws sagemaker start-pipeline-execution --pipeline-name Shell --pipeline-version-id 2 \
  --query PipelineExecutionArn --output text)
sm update-pipeline-execution --pipeline-execution-arn "$second" --pipeline-execution-display-name renamed >/dev/null
ended "$second" | tell second
sm list-pipeline-executions --pipeline-name Shell --sort-order Ascending \
  --query 'PipelineExecutionSummaries[].PipelineExecutionDisplayName' | tell executions
sm search --resource PipelineExecution --search-expression \
  '{"Filters": [{"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Succeeded"}]}' \
  --query 'Results[].PipelineExecution.PipelineExecutionDisplayName' | tell search
(sm describe-pipeline --pipeline-name Shel 2>&1 || true) | grep -o 'ResourceNotFound' | sed 's/.*/"&"/' | tell missing
sm delete-pipeline --pipeline-name Shell --query PipelineArn | tell delete
