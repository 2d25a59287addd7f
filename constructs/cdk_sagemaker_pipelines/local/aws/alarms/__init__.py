"""The alarms of CloudWatch: what state a metric puts them into, and whom they notify."""
