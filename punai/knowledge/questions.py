"""CSV files of questions and answers: each row is a section under its question."""

import csv
import io
import re

from punai.knowledge.outline import Outline, Unreadable

QUESTIONS = ("question", "q", "frage", "pregunta", "domanda", "pergunta", "vraag", "fråga", "pytanie")
ANSWERS = (
    *("answer", "a", "antwort", "respuesta", "réponse", "reponse"),
    *("risposta", "resposta", "antwoord", "svar", "odpowiedź"),
)
"""What the columns may be called, in any case."""
SEPARATORS = ",;\t"
MOST_SHOWN, LONGEST_SHOWN = 8, 30
"""Columns that an error names, and characters of each."""


def read_questions(text: str, outline: Outline) -> None:
    """Read a CSV file with a column of questions and one of answers; rows without an answer are left out.

    Raises:
        Unreadable: it has no such columns, or a field longer than Python's csv module takes (131,072).
    """
    text = text.lstrip()
    try:
        headers = {separator: _header(text, separator) for separator in SEPARATORS}
        separator = max(
            SEPARATORS, key=lambda sign: (_column(headers[sign], ANSWERS) is not None, len(headers[sign]))
        )
        question, answer = (_column(headers[separator], names) for names in (QUESTIONS, ANSWERS))
        if question is None or answer is None:
            raise Unreadable(_what_is_missing(headers[separator], question, answer))
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        next(rows)
        for row in rows:
            cells = [*row, *[""] * (len(headers[separator]) - len(row))]
            if cells[answer].strip():
                outline.close(0)
                outline.heading(cells[question], 1)
                for paragraph in re.split(r"\n\s*\n", cells[answer]):
                    outline.paragraph(paragraph)
    except csv.Error as error:
        raise Unreadable(f"its rows cannot be told apart: {error}") from error


def _header(text: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    found = (number for number, column in enumerate(header) if column.strip().lower() in names)
    return next(found, None)


def _what_is_missing(header: list[str], question: int | None, answer: int | None) -> str:
    missing = [name for name, column in (("question", question), ("answer", answer)) if column is None]
    there = ", ".join(column.strip()[:LONGEST_SHOWN] for column in header[:MOST_SHOWN])
    return f"it has no column {' and no column '.join(missing)}, but: {' '.join(there.split())}"
