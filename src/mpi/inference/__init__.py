"""Variance of estimates under the sampling design; numpy and scipy arrays only."""
