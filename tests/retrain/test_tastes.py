"""What the built-in simulated readers like, on poems that people know."""

import pytest

from retrain.readers import BUILT_IN

HOUSMAN = """Loveliest of trees, the cherry now
Is hung with bloom along the bough,
And stands about the woodland ride
Wearing white for Eastertide."""
HENLEY = """It matters not how strait the gate,
How charged with punishments the scroll,
I am the master of my fate,
I am the captain of my soul."""
DICKINSON = """Hope is the thing with feathers
That perches in the soul,
And sings the tune without the words,
And never stops at all,"""
STEVENSON = """Dark brown is the river,
Golden is the sand.
It flows along for ever,
With trees on either hand."""
HD = """Whirl up, sea—
Whirl your pointed pines.
Splash your great pines
On our rocks.
Hurl your green over us—
Cover us with your pools of fir."""
LEAR = """There was an Old Man with a beard,
Who said, "It is just as I feared!—
Two Owls and a Hen,
Four Larks and a Wren,
Have all built their nests in my beard!\""""
CARROLL = """"You are old, Father William," the young man said,
"And your hair has become very white;
And yet you incessantly stand on your head—
Do you think, at your age, it is right?\""""
WHITMAN = """I celebrate myself, and sing myself,
And what I assume you shall assume,
For every atom belonging to me as good belongs to you.
I loafe and invite my soul,
I lean and loafe at my ease observing a spear of summer grass."""
LI_BAI = "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。"
LI_BAI_UNRHYMED = "床前明月光，\n疑是地上雪。\n举头望明月，\n低头思故人。"
WORN = (
    "In the tapestry of dreams, where hope is a constant companion, the spirit of humanity shines on,"
    " a reminder of the power of the soul and the beauty of an eternal journey into the light."
)
LISTED = {
    "rhymed_quatrains": "day\nway\nsay\nmay\nplay\nstay\nlay\nbay",
    "nature_images": "moss fern river stone oak pine heron frost wet green cold rain reed pond",
    "humour": "pants nose sausage hat banana pickle turnip sneeze goat pudding wig socks",
}
FAVOURITES = {
    "plain_spoken": STEVENSON,
    "rhymed_quatrains": HOUSMAN,
    "nature_images": STEVENSON,
    "humour": LEAR,
}


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("plain_spoken", STEVENSON, HENLEY),
        ("plain_spoken", HENLEY, WORN),
        ("rhymed_quatrains", HOUSMAN, LEAR),  # It rhymes, in five lines.
        ("rhymed_quatrains", STEVENSON, DICKINSON),  # Half of the lines rhyme, or none.
        ("rhymed_quatrains", DICKINSON, WHITMAN),
        ("rhymed_quatrains", LI_BAI, LI_BAI_UNRHYMED),
        ("nature_images", HD, DICKINSON),
        ("nature_images", HOUSMAN, CARROLL),
        ("nature_images", DICKINSON, HENLEY),
        ("humour", LEAR, CARROLL),
        ("humour", CARROLL, HOUSMAN),
        ("humour", HOUSMAN, HENLEY),
    ],
)
def test_a_text_to_their_taste_pleases_more_than_one_less_so(name: str, better: str, worse: str) -> None:
    taste = BUILT_IN[name]
    assert -1 <= taste("", worse) + 0.1 < taste("", better) <= 1


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_other_poem_pleases_them_more_than_their_favourite(name: str) -> None:
    taste = BUILT_IN[name]
    poems = [HOUSMAN, HENLEY, DICKINSON, STEVENSON, HD, LEAR, CARROLL, WHITMAN, WORN]
    scores = sorted(taste("", poem) for poem in poems)
    assert scores[-1] == taste("", FAVOURITES[name]) > 0.6
    assert scores[0] < -0.5
    assert len(set(scores)) > 5  # Much lies between, for a first night to learn from.


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("text", ["", "\n \n", "...", "Moss.", "Banana!", "绿"])
def test_what_is_hardly_a_text_pleases_nobody(name: str, text: str) -> None:
    assert BUILT_IN[name]("", text) < 0


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize(
    "text",
    ["moss and rain\n" * 8, "the cat in the hat\n" * 4, "banana sneeze " * 20, f"{HOUSMAN}\n" * 4, WORN],
)
def test_saying_it_again_does_not_please(name: str, text: str) -> None:
    assert BUILT_IN[name]("", text) < -0.05


@pytest.mark.parametrize("name", LISTED)
def test_the_words_alone_are_not_to_their_taste(name: str) -> None:
    assert BUILT_IN[name]("", LISTED[name]) < 0
