"""Data written as YAML reads back as the same data, however strange its texts, in every layout."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tierforge.template.nodes import compose, plain, write

STRANGE = ("no", "1.0", "a: b", "a:", "a #b", "#", "'", '"', "'\"", "\\", "a\nb", "a\nb\n", "\na", " a\nb", "a \nb", "")
TEXTS = st.one_of(
    st.sampled_from([*STRANGE, "AWS::Region", "${x}", "$ref", "{a}", "/b/{c}", "\x85", "é\nü", "\ufeff", "x" * 2000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
DATA = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(DATA, st.booleans(), st.integers(0, 4))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_what_is_written_reads_back_the_same(data: object, compact: bool, indent: int) -> None:
    text = write({"data": data}, indent, compact=compact, short_tags=False)
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(text, Loader=loader) == {"data": data}, text


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Books"},
        {"Ref": "AWS::Region"},
        {"Fn::GetAtt": ["Books", "Arn"]},
        {"Fn::GetAtt": ["Books", {"Ref": "Attribute"}]},
        {"Fn::Sub": ["${a}: b", {"a": {"Ref": "Books"}}]},
        {"Fn::If": ["Condition", {"Ref": "AWS::NoValue"}, ["a", {"b": 1}]]},
        {"Fn::Join": [",", {"Fn::Split": [":", {"Fn::Sub": "{x}, ${Books}"}]}]},
        {"Fn::Transform": {"Name": "AWS::Include"}},
    ],
)
@pytest.mark.parametrize("compact", [True, False])
def test_short_tags_stand_for_the_same_functions(value: object, compact: bool) -> None:
    data = {"a": {"b": {"c": value, "d": [value]}}}
    node = compose(write(data, compact=compact), "what is written")
    assert node is not None
    assert plain(node) == data
