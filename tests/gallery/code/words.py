"""Counts the words of the files below a place, by Spark."""

import sys

from pyspark.sql import SparkSession

session = SparkSession.builder.appName("count").getOrCreate()
words = session.read.text(sys.argv[1]).selectExpr("explode(split(value, ' ')) as word")
words.groupBy("word").count().write.mode("overwrite").parquet(sys.argv[2])
