"""Publish Spark, pandas, polars and Arrow frames to Dataverse."""
