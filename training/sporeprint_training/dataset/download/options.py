"""What the user can choose at a download."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class DownloadOptions(BaseModel):
    """Settings of one download."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_side: int = Field(1024, ge=64, le=8192)
    """Longer side of a stored photo at most, pixels; as `IngestOptions.max_side`."""
    keep_originals: bool = False
    """Store the bytes as they arrive instead; they are decoded and checked all the same."""
    concurrency: int = Field(64, ge=1, le=1024)
    """Photos that are fetched at the same time."""
    per_host: int = Field(8, ge=1, le=256)
    """Photos that are fetched from one host at the same time."""
    host_rate: float | None = Field(None, gt=0, le=10_000)
    """Photos that one host is asked for per second at most; None sets no limit."""
    connect_seconds: Seconds = 10
    """For a connection to be made."""
    read_seconds: Seconds = 20
    """Between two pieces of an answer."""
    total_seconds: Seconds = 120
    """For one try, from the first connection to the last byte, redirects included."""
    max_bytes: int = Field(50_000_000, ge=1, le=1_000_000_000)
    """Length of a photo as it is sent, bytes."""
    redirects: int = Field(5, ge=0, le=20)
    """Times that an address may lead on to another one."""
    attempts: int = Field(4, ge=1, le=20)
    """Tries of one address in one run, when the failure may pass."""
    backoff_seconds: Seconds = 1
    """Longest pause after a first failure; it doubles with each, and a random part of it is waited."""
    max_wait_seconds: Seconds = 900
    """Longest pause at all. A host that asks for a longer one (Retry-After) is left alone until the next run."""
    host_failures: int = Field(50, ge=1)
    """Failed tries in a row, without any answer in between, after which a host is left alone until the next run."""
    retry_failed: bool = False
    """Also ask again for what an earlier run found missing, refused or no photo."""
    private_hosts: bool = False
    """Also fetch from this machine and its own network."""
    contact: str = Field("", max_length=200, pattern=r"^[!-~]*$")
    """An e-mail address or web address that hosts can write to; it is sent with every request. ASCII, no spaces."""
