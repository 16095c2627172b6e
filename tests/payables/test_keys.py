import pytest

from cwxero_dagster.payables import keys


@pytest.mark.parametrize(
    ("key", "stem", "shown"),
    [
        ("po:7", "po:7", ""),
        ("po:7/d:2/s:1", "po:7", "/2/S1"),
        ("vi:801/3", "vi:801/3", ""),
        ("vi:801/3/g:1/s:2", "vi:801/3", "/S2"),
        ("vi:801/3/c:1", "vi:801/3", "/C1"),
    ],
)
def test_a_key_tells_what_it_begins_with_and_what_the_number_adds(key: str, stem: str, shown: str) -> None:
    assert (keys.stem(key), keys.suffix(key)) == (stem, shown)


@pytest.mark.parametrize(
    ("used", "credit", "supplement"),
    [
        ([], "po:1/g:1/c:1", "po:1/g:1/s:1"),
        (["po:1/c:1"], "po:1/g:1/c:2", "po:1/g:1/s:1"),
        (["po:1/s:1", "po:1/g:1/s:2"], "po:1/g:1/c:1", "po:1/g:1/s:3"),
        (["po:2/c:1", "po:1/d:2/c:1", "po:1/f:1/c:1"], "po:1/g:1/c:1", "po:1/g:1/s:1"),
    ],
)
def test_no_two_documents_of_an_order_show_one_number(used: list[str], credit: str, supplement: str) -> None:
    assert keys.next_credit("po:1/g:1", used) == credit
    assert keys.next_supplement("po:1/g:1", used) == supplement
