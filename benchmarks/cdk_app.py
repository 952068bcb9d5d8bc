"""The rendered template as an application of the AWS CDK (pip install aws-cdk-lib): python cdk_app.py TEMPLATE."""

import sys

import aws_cdk as cdk
from aws_cdk.cloudformation_include import CfnInclude

app = cdk.App()
CfnInclude(cdk.Stack(app, "benchmark"), "template", template_file=sys.argv[1])
app.synth()
