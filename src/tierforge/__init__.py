"""tierforge renders serverless multi-tier applications on AWS from small blueprints."""

__version__ = "0.1.0"
