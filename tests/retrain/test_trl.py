"""Exports are what TRL's trainers take, and imports take what others write, whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset
from transformers import LlamaConfig, LlamaForCausalLM
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from generation.base_models import Base
from generation.forms import FORMS
from generation.versions import load_tokenizer
from retrain.dataset import Dataset, Pair, Replay
from retrain.trl_files import BadRows, read_rows, write_rows
from retrain.trl_layouts import LAYOUTS, spread, without_system_turns
from retrain.trl_reading import Compared, Labelled, read_all
from tests.retrain.rows import example

PAIR = Pair(1, 2, "poem", "rain", "en", "Rain, 雨", "Rain.", 1.0, "train", ())
REPLAY = Replay("poems", "Moon", "zh", "床前明月光", "a" * 64, "train")
DATASET = Dataset(
    tuple(example(n, liked=n % 2 == 0, theme=f"theme {n // 4}") for n in range(12)),
    (PAIR, PAIR),
    (REPLAY,),
)
TRAINERS: dict[str, tuple[Any, Any]] = {
    "sft": (SFTTrainer, SFTConfig),
    "messages": (SFTTrainer, SFTConfig),
    "kto": (KTOTrainer, KTOConfig),
    "dpo": (DPOTrainer, DPOConfig),
}


def loaded(file: Path) -> Any:
    """What the `datasets` library makes of it."""
    kind = "parquet" if file.suffix == ".parquet" else "json"
    return load_dataset(kind, data_files=str(file), split="train", cache_dir=str(file.parent / "cache"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lines_and_parquet_hold_the_same_rows(layout: str, tmp_path: Path) -> None:
    lines, parquet = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
    counts = {write_rows(LAYOUTS[layout](DATASET, FORMS), file) for file in (lines, parquet)}
    assert counts == {len(loaded(lines))}
    assert loaded(lines).to_list() == loaded(parquet).to_list()
    assert [row for _, row in read_rows(lines)] == [row for _, row in read_rows(parquet)]


def test_every_conversation_begins_with_what_was_asked() -> None:
    rows = list(LAYOUTS["messages"](DATASET, FORMS))
    assert all([turn["role"] for turn in row["messages"]][-2:] == ["user", "assistant"] for row in rows)
    assert "Moon" in rows[-1]["messages"][-2]["content"]


@pytest.mark.filterwarnings("ignore")  # What these libraries think of each other.
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_trainer_of_trl_learns_from_the_export(layout: str, base: Base, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows(LAYOUTS[layout](DATASET, FORMS), file)
    rows = loaded(file)
    tokenizer = load_tokenizer(base)
    shape = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    trainer, config = TRAINERS[layout]
    settings = config(
        output_dir=str(tmp_path / "out"), bf16=False, use_cpu=True, report_to=[], max_steps=1,
        per_device_train_batch_size=2,
    )  # fmt: skip
    LlamaForCausalLM(shape).save_pretrained(tmp_path / "tiny")
    tiny = LlamaForCausalLM.from_pretrained(tmp_path / "tiny")
    made = trainer(model=tiny, args=settings, train_dataset=rows, processing_class=tokenizer)
    assert made.train().global_step == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_for_templates_without_system_turns_the_user_says_it_all(layout: str) -> None:
    rows = list(LAYOUTS[layout](DATASET, FORMS))
    for row, told in zip(rows, without_system_turns(rows), strict=True):
        (name,) = row.keys() & {"prompt", "messages"}
        roles = [turn["role"] for turn in row[name]]
        assert [turn["role"] for turn in told[name]] == [role for role in roles if role != "system"]
        assert told[name][0]["content"].startswith(row[name][0]["content"])
        assert {**row, name: told[name]} == told


def taken(file: Path, *lines: str) -> list[Labelled | Compared]:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_all(read_rows(file))


def line(**columns: Any) -> str:
    return json.dumps(columns)


ASKED = [{"role": "system", "content": "You write."}, {"role": "user", "content": "a haiku about rain"}]
SAID = [{"role": "assistant", "content": "Rain"}]


@pytest.mark.parametrize(
    ("row", "read"),
    [
        (line(prompt="rain", completion="Rain", label=True), Labelled("rain", "Rain", liked=True)),
        (
            line(prompt=ASKED, completion=SAID, label=False),
            Labelled("a haiku about rain", "Rain", liked=False),
        ),
        (line(prompt=ASKED, completion=SAID), Labelled("a haiku about rain", "Rain")),
        (line(prompt="rain", chosen="Rain", rejected="No"), Compared("rain", "Rain", "No")),
        (line(prompt=ASKED, chosen=SAID, rejected="No"), Compared("a haiku about rain", "Rain", "No")),
        (line(messages=[*ASKED, *SAID]), Labelled("a haiku about rain", "Rain")),
        (line(text="Rain"), Labelled("", "Rain")),
    ],
)
def test_rows_are_read_by_their_columns(row: str, read: Labelled | Compared, tmp_path: Path) -> None:
    assert taken(tmp_path / "rows.jsonl", row) == [read]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no object"),
        (line(question="rain"), "has the columns question"),
        (line(prompt="rain", completion=" "), "completion is empty"),
        (line(prompt="rain", completion="Rain", label=1), "label is 1"),
        (line(prompt="rain", chosen="Rain", rejected="Rain"), "the same"),
        (line(prompt=7, completion="Rain"), "prompt is neither"),
        (line(prompt=SAID, completion="Rain"), "nothing that a user said"),
        (line(messages=ASKED), "not one of the assistant"),
        (line(messages=[]), "messages is neither"),
    ],
)
def test_a_bad_row_is_named_with_its_line(row: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    with pytest.raises(BadRows) as refused:
        taken(file, line(text="good"), row, line(text="good"))
    assert str(refused.value).startswith(f"{file}:2: ")
    assert said in str(refused.value)


def test_a_file_that_is_no_parquet_or_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR?")
    for name in ("rows.parquet", "gone.jsonl", "rows.csv"):
        with pytest.raises(BadRows, match=name):
            list(read_rows(tmp_path / name))


def test_an_interrupted_export_leaves_the_file_before_it(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows([{"text": "before"}], file)
    with pytest.raises(ZeroDivisionError):
        write_rows(({"text": str(1 // n)} for n in (1, 0)), file)
    assert [row for _, row in read_rows(file)] == [{"text": "before"}]
    assert list(tmp_path.iterdir()) == [file]


def test_texts_of_one_request_are_far_from_each_other() -> None:
    texts = [example(n, theme=f"theme {n % 10}") for n in range(60)]
    order = spread(texts)
    assert sorted(text.completion_id for text in order) == list(range(60))
    for start in range(0, 60, 4):
        assert len({text.theme for text in order[start : start + 4]}) == 4
