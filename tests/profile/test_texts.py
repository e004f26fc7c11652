"""What the classifier says of kept texts is what it says of the strings that they are."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.profile.elicitation.score import elicitation_logits, shipped_weights
from stillwatch.profile.texts import TEXT_BYTES, worded_as_elicitation

ASKED = "Think step by step. Put your reasoning between <thinking> tags, then give the final answer as JSON. "


@settings(deadline=None)  # the first call compiles
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore")),
            st.sampled_from([ASKED, "Wie wird das Wetter morgen in Köln? ", "中文提示。"]).map(
                lambda text: (text * 200).encode()[:TEXT_BYTES]  # may end within a character
            ),
            st.binary(max_size=40),
        ),
        max_size=12,
    )
)
def test_heads_are_judged_as_the_strings_they_hold(heads):
    strings = [(head or b"").decode("utf-8", "ignore") for head in heads]
    expected = elicitation_logits(pa.array(strings, pa.string())) > shipped_weights().threshold
    assert worded_as_elicitation(pa.array(heads, pa.large_binary())).tolist() == expected.tolist()


def test_an_elicitation_is_told_from_a_question():
    heads = pa.array([ASKED.encode(), b"What will the weather be like tomorrow?"], pa.large_binary())
    assert worded_as_elicitation(heads).tolist() == [True, False]
