"""What every table of a configuration file is made of: the model they share, and the types of values that several use.

Pure. What more than one value decides is no business of this file (``check``).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainValidator

from bot.config import addresses, values

Id = Annotated[str, PlainValidator(values.identifier)]
QueryName = Annotated[str, PlainValidator(values.query_name)]
SecretName = Annotated[str, PlainValidator(values.secret_name)]
SomeText = Annotated[str, PlainValidator(values.some_text)]
Duration = Annotated[timedelta, PlainValidator(values.duration)]
Interval = Annotated[timedelta, PlainValidator(values.positive_duration)]
Day = Annotated[date, PlainValidator(values.day)]
TimeZone = Annotated[str, PlainValidator(values.time_zone)]
Reference = Annotated[str, PlainValidator(addresses.channel_reference)]


class Table(BaseModel):
    """A TOML table: unknown keys are errors, no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)
