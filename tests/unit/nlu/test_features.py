"""The pieces of a text and their weights."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.counting import learn_pieces
from nlu.features import pieces

TEXTS = ["where is my deposit", "where is my withdrawal", "充值没到账", "充值地址", "zzz"]


def test_words_pairs_and_pieces_of_words_are_features() -> None:
    found = set(pieces("my uid"))
    assert {"w my", "w uid", "w my uid", "<m", "uid>", "<uid"} <= found


def test_han_is_read_by_one_two_and_three_characters() -> None:
    assert list(pieces("没到账")) == ["没", "到", "账", "没到", "到账", "没到账"]


def test_a_pair_of_words_does_not_span_what_stands_between_them() -> None:
    assert "w usdt pending" not in set(pieces("usdt提现pending"))


def test_hangul_and_kana_are_read_too() -> None:
    assert "w 입금이" in set(pieces("입금이 안"))
    assert "入金" in set(pieces("入金が"))


def test_a_row_has_length_one_and_an_unknown_text_none() -> None:
    vocabulary, _ = learn_pieces(TEXTS, len(TEXTS), 1)
    _, values = vocabulary.row("where is my money")
    assert float(np.linalg.norm(values)) == pytest.approx(1, abs=1e-6)
    assert len(vocabulary.row("ㅋㅋ")[0]) == 0


def test_a_rare_piece_tells_more_than_a_common_one() -> None:
    vocabulary, _ = learn_pieces(TEXTS, len(TEXTS), 1)
    assert vocabulary.weights[vocabulary.columns["w deposit"]] > vocabulary.weights[vocabulary.columns["w where"]]


def test_pieces_that_stand_in_too_few_texts_are_not_learned() -> None:
    columns = learn_pieces(TEXTS, len(TEXTS), 2)[0].columns
    assert "w where" in columns
    assert "w deposit" not in columns


def test_the_rows_of_several_texts_are_those_of_each() -> None:
    copies = ["where where is it", "ㅋㅋ"]
    vocabulary, found = learn_pieces([*TEXTS, *copies], len(TEXTS), 1)
    rows = found.toarray()
    for place, text in enumerate([*TEXTS, *copies]):
        columns, values = vocabulary.row(text)
        assert rows[place, columns] == pytest.approx(values, abs=1e-6)
        assert np.count_nonzero(rows[place]) == len(columns)


def test_the_same_texts_give_the_same_vocabulary_in_any_order() -> None:
    one, other = (learn_pieces(texts, len(texts), 1)[0] for texts in (TEXTS, TEXTS[::-1]))
    assert list(one.columns) == list(other.columns)
    assert one.weights.tobytes() == other.weights.tobytes()
