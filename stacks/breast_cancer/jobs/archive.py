"""Adds the predictions of one run to the history of all runs; run by Spark on EMR."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import lit


def main(predictions: str, history: str, execution: str) -> None:
    """Reads the answers of the transform job, writes Parquet files, in a folder for each execution."""
    spark = SparkSession.builder.appName("archive").getOrCreate()
    frame = spark.read.csv(predictions, schema="malignant double").withColumn("execution", lit(execution))
    frame.coalesce(1).write.mode("append").partitionBy("execution").parquet(history)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
