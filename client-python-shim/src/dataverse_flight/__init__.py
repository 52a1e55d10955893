"""Publish Spark, pandas, polars and Arrow frames to Dataverse."""

from dataverse_flight.errors import (
    ArgumentError,
    ConfigError,
    DataverseFlightError,
    FailedRowsError,
    FailedRowsWarning,
    FrameError,
    RefusedError,
    RowTableError,
    RunConflictError,
    ServerUnreachableError,
    SidecarStartError,
    SkippedRunWarning,
    StreamEndedError,
)
from dataverse_flight.publishing import publish
from dataverse_flight.replaying import replay
from dataverse_flight.result import PublishResult
from dataverse_flight.sidecar import Sidecar

__all__ = [
    "ArgumentError",
    "ConfigError",
    "DataverseFlightError",
    "FailedRowsError",
    "FailedRowsWarning",
    "FrameError",
    "PublishResult",
    "RefusedError",
    "RowTableError",
    "RunConflictError",
    "ServerUnreachableError",
    "Sidecar",
    "SidecarStartError",
    "SkippedRunWarning",
    "StreamEndedError",
    "publish",
    "replay",
]
