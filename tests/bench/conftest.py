"""What several benchmarks read, made once."""

from pathlib import Path

import pytest

from tests.bench.test_dataset import publish_articles


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published database of 100,000 articles; not to be changed."""
    return publish_articles(tmp_path_factory.mktemp("dataset"))
