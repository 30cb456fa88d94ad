"""A question before what cannot be undone."""

from raft_web.asking import Asking, Question

QUESTION = Question("Really?", ("It is gone then.",), "Do it", "Leave it")
OTHER = Question("Really that?", (), "Do it", "Leave it")


class Paper:
    """A dialog that notes what is shown."""

    def __init__(self) -> None:
        self.shown: Question | None = None

    def ask(self, question: Question) -> None:
        self.shown = question

    def close_question(self) -> None:
        self.shown = None


def test_what_is_confirmed_is_done_once() -> None:
    dialog, done = Paper(), list[str]()
    asking = Asking(dialog)
    asking.ask(QUESTION, lambda: done.append("it"))
    assert (dialog.shown, done) == (QUESTION, [])
    asking.answer(yes=True)
    assert (dialog.shown, done) == (None, ["it"])
    asking.answer(yes=True)
    assert done == ["it"]


def test_what_is_not_wanted_is_not_done() -> None:
    dialog, done = Paper(), list[str]()
    asking = Asking(dialog)
    asking.ask(QUESTION, lambda: done.append("it"))
    asking.answer(yes=False)
    assert (dialog.shown, done) == (None, [])


def test_a_question_that_was_left_is_forgotten_with_the_next() -> None:
    done = list[str]()
    asking = Asking(Paper())
    asking.ask(QUESTION, lambda: done.append("it"))
    asking.ask(OTHER, lambda: done.append("that"))
    asking.answer(yes=True)
    assert done == ["that"]
