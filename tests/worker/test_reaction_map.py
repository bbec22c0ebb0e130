"""What an operator says that reactions are worth."""

import pytest

from worker.reaction_map import of_slack, of_telegram, read_reactions


def test_each_platform_gets_the_reactions_it_knows() -> None:
    values = read_reactions("👍=1, ❤️ = 0.5, :+1:=1,thinking_face=-0.25")

    assert of_telegram(values) == {"👍": 1.0, "❤": 0.5}
    assert of_slack(values) == {"+1": 1.0, "thinking_face": -0.25}


@pytest.mark.parametrize("text", [None, "", " , "])
def test_where_nothing_is_listed_the_usual_ones_count(text: str | None) -> None:
    assert (of_slack(read_reactions(text)), of_telegram(read_reactions(text))) == (None, None)


@pytest.mark.parametrize("text", ["👍", "👍=", "=1", "👍=much", "👍=1.5", "👍=-2", "👍=nan"])
def test_what_is_no_value_of_a_reaction_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="from -1 to 1"):
        read_reactions(text)
